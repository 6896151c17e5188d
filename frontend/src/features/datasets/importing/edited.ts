/** What somebody has decided about a draft so far, and the plan that it makes. Knows no components. */

import type { ImportDraft, ImportPlan, Mapping, TextRule, WriteRequest } from "../../../api";

export type Choice = NonNullable<ImportPlan["choices"]>[string];

/** Numbers are as typed. */
export interface Edited {
  /** null: as detected */
  mapping: Mapping | null;
  rules: TextRule[];
  /** whether rows are divided anew; otherwise they stay as the files are named */
  divide: boolean;
  validPercent: string;
  testPercent: string;
  seed: string;
  /** "" is none */
  group: string;
  choices: { [kind: string]: Choice };
  /** whose tokenizer measures rows; "" measures nothing */
  model: string;
  length: string;
  name: string;
  onExisting: NonNullable<WriteRequest["on_existing"]>;
}

/** Files that name their split keep it; of all others a tenth is held out. */
export function begin(draft: ImportDraft): Edited {
  return {
    mapping: null,
    rules: [],
    divide: !namesSplits(draft),
    validPercent: "10",
    testPercent: "0",
    seed: "0",
    group: "",
    choices: {},
    model: "",
    length: "2048",
    name: draft.suggested_name,
    onExisting: "refuse",
  };
}

/** The decisions that a plan was made of. Where it divides rows as it is usual, nobody has decided about that. */
export function fromPlan(draft: ImportDraft, plan: ImportPlan): Partial<Edited> {
  const { mapping, rules, split, choices, model_name, max_seq_length } = plan;
  const usual = begin(draft);
  return {
    mapping: mapping ?? null,
    rules: rules ?? [],
    ...(readsAlike({ split }, { split: planOf(usual)?.split }) ? {} : divisionOf(split)),
    choices: choices ?? {},
    model: model_name ?? "",
    length: max_seq_length ? String(max_seq_length) : usual.length,
  };
}

function divisionOf(split: ImportPlan["split"]): Partial<Edited> {
  if (!split) return { divide: false };
  return {
    divide: true,
    validPercent: percentIn(split.valid_fraction ?? 0.1),
    testPercent: percentIn(split.test_fraction ?? 0),
    seed: String(split.seed ?? 0),
    group: split.group_column ?? "",
  };
}

function percentIn(fraction: number): string {
  return String(Number((100 * fraction).toPrecision(12)));
}

/** Without a file to train on, all are for that, whatever their names say. */
export function namesSplits({ files }: ImportDraft): boolean {
  const heldOut = files
    .filter(({ taken }) => taken)
    .map(({ split }) => split === "valid" || split === "test");
  return heldOut.includes(true) && heldOut.includes(false);
}

export type EditedField = "validPercent" | "testPercent" | "seed" | "length";

/** What cannot be read, in words, by its field. */
export function problemsOf(edited: Edited): Map<EditedField, string> {
  const problems = new Map<EditedField, string>();
  if (edited.divide) {
    const valid = percentOf(edited.validPercent);
    const test = percentOf(edited.testPercent);
    if (valid === null) problems.set("validPercent", "A number from 0 to below 100.");
    if (test === null) problems.set("testPercent", "A number from 0 to below 100.");
    if (valid !== null && test !== null && valid + test >= 100)
      problems.set("testPercent", "Validation and test together leave nothing to train on.");
    if (wholeOf(edited.seed, 0, 2 ** 53 - 1) === null) problems.set("seed", "A whole number from 0.");
  }
  if (edited.model && wholeOf(edited.length, 8, 2 ** 20) === null)
    problems.set("length", "A whole number from 8 to 1,048,576.");
  return problems;
}

/** Null while something cannot be read. */
export function planOf(edited: Edited): ImportPlan | null {
  if (problemsOf(edited).size > 0) return null;
  return {
    mapping: edited.mapping,
    files: null,
    rules: edited.rules.filter(({ kind, find }) => kind !== "replace" || find),
    split: edited.divide
      ? {
          valid_fraction: (percentOf(edited.validPercent) ?? 0) / 100,
          test_fraction: (percentOf(edited.testPercent) ?? 0) / 100,
          seed: wholeOf(edited.seed, 0, 2 ** 53 - 1) ?? 0,
          group_column: edited.group || null,
        }
      : null,
    choices: edited.choices,
    model_name: edited.model || null,
    max_seq_length: edited.model ? wholeOf(edited.length, 8, 2 ** 20) : null,
  };
}

/** Whether two plans read and change rows alike; what is left out is as it is usual. Choices are another matter. */
export function readsAlike(one: ImportPlan, other: ImportPlan): boolean {
  return JSON.stringify(filledIn(one)) === JSON.stringify(filledIn(other));
}

function filledIn({ mapping, files, rules, split, model_name, max_seq_length }: ImportPlan) {
  return {
    mapping: mapping ? [mapping.shape, Object.entries(mapping.columns).sort()] : null,
    files: files ?? null,
    rules: (rules ?? []).map(({ kind, find, replace, regex }) => [
      kind,
      find ?? null,
      replace ?? null,
      regex ?? false,
    ]),
    split: split
      ? [split.valid_fraction ?? 0.1, split.test_fraction ?? 0, split.seed ?? 0, split.group_column ?? null]
      : null,
    model: model_name ? [model_name, max_seq_length ?? null] : null,
  };
}

function percentOf(typed: string): number | null {
  const number = Number(typed);
  return typed.trim() !== "" && number >= 0 && number < 100 ? number : null;
}

function wholeOf(typed: string, least: number, most: number): number | null {
  const number = Number(typed);
  return typed.trim() !== "" && Number.isInteger(number) && number >= least && number <= most ? number : null;
}

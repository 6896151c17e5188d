/** A comparison as rows: what differs, what came of it, and what is the same. Pure. */

import type { TrainingConfig } from "../../../api";
import { shownState } from "../../../api/session";
import { settingInWords } from "../../../api/settingInWords";
import schema from "../../../api/trainingConfig.json";
import { count, duration, figure, gigabytes, whole } from "../../../ui/format";
import { stateInWords } from "../../../ui/StateLabel";
import { aligned } from "./align";
import type { Compared } from "./compared";

export interface Cell {
  text: string;
  /** in full, where the text is short for it */
  full?: string;
}

export interface Row {
  title: string;
  /** the setting's own name, as files and the API have it */
  field?: string;
  cells: Cell[];
}

export interface Comparison {
  different: Row[];
  same: Row[];
  outcome: Row[];
}

export const unknown = "–";

type Setting = keyof TrainingConfig;

/** The columns' heads say it, the hashes say it better, or it is nothing that a run does. */
const saidElsewhere = new Set<Setting>(["model_path", "train_data_path", "adapter_name", "on_existing"]);
const settings = (Object.keys(schema) as Setting[]).filter((name) => !saidElsewhere.has(name));

export function comparison(runs: Compared[]): Comparison {
  const rows = [...inputRows(runs), ...settings.map((name) => settingRow(runs, name))];
  return {
    different: rows.filter(({ differs }) => differs).map(({ row }) => row),
    same: rows.filter(({ differs }) => !differs).map(({ row }) => row),
    outcome: outcomeRows(runs),
  };
}

interface Judged {
  row: Row;
  differs: boolean;
}

function settingRow(runs: Compared[], name: Setting): Judged {
  const values = runs.map(({ session: { config } }) => ({
    words: settingInWords(config, name),
    exact: JSON.stringify(config[name] ?? null),
  }));
  // A number that stands for a word is what the word says: both 0 and -1 layers are all of them.
  const keys = values.map(({ words, exact }) => (/\d/.test(words) ? exact : words));
  const alike = new Set(values.map(({ words }) => words)).size < new Set(keys).size;
  return {
    row: {
      title: schema[name].title,
      field: name,
      cells: values.map(({ words, exact }) => ({ text: alike ? exact : words, full: exact })),
    },
    differs: new Set(keys).size > 1,
  };
}

function inputRows(runs: Compared[]): Judged[] {
  const packages = new Set(runs.flatMap(({ course }) => Object.keys(course.started?.versions ?? {})));
  return [
    inputRow("Base model", runs, ({ session }) => named(session.model_name, session.base_fingerprint)),
    inputRow("Training data", runs, ({ session }) => named(session.data_name, session.data_sha256.train)),
    inputRow("Validation data", runs, ({ session }) =>
      session.data_sha256.valid
        ? named(fileName(session.config.val_data_path) ?? session.data_name, session.data_sha256.valid)
        : { text: "none" },
    ),
    inputRow("Device", runs, ({ course }) => ({ text: course.started?.device ?? unknown })),
    ...[...packages].map((each) =>
      inputRow(`Version of ${each}`, runs, ({ course }) => ({
        text: course.started?.versions[each] ?? unknown,
      })),
    ),
  ];
}

/** What is not known yet differs from nothing. */
function inputRow(title: string, runs: Compared[], cell: (run: Compared) => Cell): Judged {
  const cells = runs.map(cell);
  const known = cells.filter(({ text }) => text !== unknown).map(({ text, full }) => full ?? text);
  return { row: { title, cells }, differs: new Set(known).size > 1 };
}

/** A name and the beginning of the hash of what stood behind it. */
function named(name: string, hash: string | undefined): Cell {
  return { text: `${name} · ${hash?.slice(0, 8) ?? unknown}`, full: `${name} ${hash ?? ""}`.trim() };
}

function fileName(path: string | null | undefined): string | undefined {
  return path?.split("/").at(-1);
}

function outcomeRows(runs: Compared[]): Row[] {
  const row = (title: string, cell: (run: Compared) => Cell): Row => ({ title, cells: runs.map(cell) });
  return [
    row("State", ({ session }) => ({ text: stateInWords(shownState(session)) })),
    row("Best validation loss", ({ course }) => number(course.best?.loss, figure)),
    row("Best at step", ({ course }) => number(course.best?.iteration, whole)),
    row("Last training loss", ({ course }) => number(course.train.losses.at(-1), figure)),
    row("Steps", ({ session, course }) => ({ text: steps(session.iterations, session.iteration, course) })),
    row("Tokens trained", ({ course }) => number(course.train.tokens.at(-1), count)),
    row("Duration", lasted),
    row("Speed", ({ course }) => number(course.tokens_per_second, (value) => `${figure(value)} tok/s`)),
    row("Peak memory", ({ course }) => number(course.peak_memory_gb, gigabytes)),
    row("Trainable parameters", ({ session }) => number(session.trainable_parameters, count)),
  ];
}

function number(value: number | null | undefined, write: (value: number) => string): Cell {
  return value === null || value === undefined
    ? { text: unknown }
    : { text: write(value), full: String(value) };
}

function steps(planned: number, known: number, { train }: Compared["course"]): string {
  return `${whole(Math.max(known, train.iterations.at(-1) ?? 0))} of ${whole(planned)}`;
}

/** The time that workers took; of a run under way, until its latest point. */
function lasted({ session, course }: Compared): Cell {
  if (session.duration_seconds !== null) return number(session.duration_seconds, duration);
  const { train, validation } = aligned(course, "time");
  const latest = Math.max(train.at(-1) ?? 0, validation.at(-1) ?? 0);
  return latest > 0 ? number(latest, (seconds) => `${duration(seconds)} so far`) : { text: unknown };
}

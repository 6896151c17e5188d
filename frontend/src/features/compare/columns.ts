/** Which columns stand on the page: the base first, then the adapters picked, and why one cannot answer. Pure. */

import type { Adapter, Column, Model } from "../../api";
import { type AdapterFile, type Pick, writePick } from "../../api/picks";
import { distinctColours } from "../../ui/runColour";
import type { Comparison } from "./address";

export const mostColumns = 8;
const baseColumnName = "base model";

export interface ColumnPlan {
  /** which base and which weights: what answers are found by */
  key: string;
  /** the weights alone, as an export heads their column */
  column: string;
  /** null: the base model itself */
  pick: Pick | null;
  name: string;
  /** which of the adapter's weights, in words */
  weights: string;
  colour: string;
  /** what the library knows of the adapter */
  adapter: Adapter | null;
  /** why it cannot answer, as far as that is known before it is asked */
  problem: string | null;
}

export function planColumns(comparison: Completed, models: Model[], adapters: Adapter[]): ColumnPlan[] {
  const { base, withBase, picks } = comparison;
  const model = models.find(({ name }) => name === base);
  const baseProblem = model ? model.problem : noSuchModel(base, models);
  const colours = distinctColours(picks.map(({ adapter }) => adapter));
  const columns = picks.map((pick, index): ColumnPlan => {
    const adapter = adapters.find(({ name }) => name === pick.adapter) ?? null;
    const place = index + (withBase ? 1 : 0);
    return {
      ...identified(base, writePick(pick)),
      pick,
      name: pick.adapter,
      weights: weightsInWords(chosenFile(pick.file, adapter)),
      colour: colours[index] ?? "",
      adapter,
      problem: place < mostColumns ? (pickProblem(pick, adapter, base, model) ?? baseProblem) : tooMany,
    };
  });
  return withBase ? [baseColumn(base, baseProblem), ...columns] : columns;
}

function baseColumn(base: string, problem: string | null): ColumnPlan {
  return {
    ...identified(base, baseColumnName),
    pick: null,
    name: base,
    weights: "base model",
    colour: "var(--color-base)",
    adapter: null,
    problem,
  };
}

function identified(base: string, column: string) {
  return { key: JSON.stringify([base, column]), column };
}

function noSuchModel(base: string, models: Model[]): string {
  const names = models.map(({ name }) => name);
  if (names.length === 0) return "There is no base model in the library yet.";
  return `There is no model ${base} in the library. It has ${names.join(", ")}.`;
}

const tooMany = `At most ${mostColumns} columns answer at once; remove one of the others.`;

function pickProblem(pick: Pick, adapter: Adapter | null, base: string, model: Model | undefined) {
  if (!adapter)
    return `There is no adapter ${pick.adapter} in the library. It may have been renamed or deleted.`;
  if (adapter.problem) return adapter.problem;
  if (!isMadeFor(adapter, base, model)) return otherBase(adapter, base);
  const { file } = pick;
  if (file === "best" && !adapter.has_best) return `${adapter.name} kept no best weights; choose the latest.`;
  if (typeof file !== "number" || adapter.checkpoints.includes(file)) return null;
  const kept = adapter.checkpoints.length ? `It has ${adapter.checkpoints.join(", ")}.` : "It kept none.";
  return `${adapter.name} has no checkpoint of step ${file}. ${kept}`;
}

export function otherBase({ model_name }: Adapter, base: string): string {
  return `It was trained on ${shortName(model_name ?? "")}, and cannot answer on ${base}.`;
}

/** Whether an adapter can be offered for a base; one that does not record its base is left to the server to judge. */
export function isMadeFor({ model_name }: Adapter, base: string, model: Model | undefined): boolean {
  return model_name === null || model_name === model?.path || shortName(model_name) === shortName(base);
}

/** The last part of a path, of a hub id (`org/model`) or of its folder (`org--model`). */
export function shortName(model: string): string {
  return model.replace(/\/+$/, "").split(/\/|--/).at(-1) ?? model;
}

/** The weights that the server takes: the best where there are any, if nothing was chosen. */
export function chosenFile(file: AdapterFile | null, adapter: Adapter | null): AdapterFile {
  return file ?? (adapter && !adapter.has_best ? "latest" : "best");
}

export function weightsInWords(file: AdapterFile): string {
  return typeof file === "number" ? `step ${file}` : file;
}

/** Every choice of weights that an adapter has, the one that is taken by itself first. */
export function filesOf(adapter: Adapter): AdapterFile[] {
  return [...(adapter.has_best ? ["best" as const] : []), "latest", ...adapter.checkpoints.toReversed()];
}

/** An adapter picked once more comes with weights that do not stand there yet; null where all do. */
export function nextPick(adapter: Adapter, picks: Pick[]): Pick | null {
  const own = picks.filter((pick) => pick.adapter === adapter.name);
  if (own.length === 0) return { adapter: adapter.name, file: null };
  const taken = own.map(({ file }) => chosenFile(file, adapter));
  const file = filesOf(adapter).find((each) => !taken.includes(each));
  return file === undefined ? null : { adapter: adapter.name, file };
}

/** The column as it is asked. */
export function asColumn(plan: ColumnPlan, history: Column["history"] = []): Column {
  return plan.pick ? { adapter_name: plan.pick.adapter, adapter_file: plan.pick.file, history } : { history };
}

/** Nothing is left open. */
export type Completed = Comparison & { picks: Pick[] };

/** What the address leaves open: the newest adapter that can be used, and the model that it was made on. */
export function complete(comparison: Comparison, models: Model[], adapters: Adapter[]): Completed {
  const usable = adapters.filter(({ problem }) => !problem).sort((a, b) => b.created_at - a.created_at);
  const named = adapters.find(({ name }) => name === comparison.picks?.[0]?.adapter);
  const base = comparison.base || modelFor(named ?? usable[0], models);
  const model = models.find(({ name }) => name === base);
  const newest = usable.find((adapter) => isMadeFor(adapter, base, model));
  const offered = newest ? [{ adapter: newest.name, file: null }] : [];
  return { ...comparison, base, picks: comparison.picks ?? offered };
}

function modelFor(adapter: Adapter | undefined, models: Model[]): string {
  const usable = models.filter(({ problem }) => !problem);
  const made = usable.find((model) => adapter?.model_name && isMadeFor(adapter, model.name, model));
  return (made ?? usable[0])?.name ?? "";
}

/** What can be chosen for an evaluation, and what is chosen where the address does not say. */

import type { Adapter, Dataset, EvaluationRequest } from "../../api";
import type { Libraries } from "../../api/libraries";
import type { AdapterFile, Pick as AdapterPick } from "../../api/picks";
import type { Selection } from "./address";

export interface Chosen {
  base: string;
  picks: AdapterPick[];
  data: string;
  split: "test" | "valid";
  splits: ("test" | "valid")[];
  /** rows of the split, where the library knows them */
  available: number | undefined;
}

/** The address's choices; else a model that can be used, and the newest adapter made for it. */
export function weightsFrom(
  selection: Selection,
  { models, adapters }: Libraries,
): Pick<Chosen, "base" | "picks"> {
  const base = selection.base || (models.find(({ problem }) => !problem)?.name ?? "");
  const own = adapters.find((adapter) => !adapter.problem && isMadeFor(adapter, base));
  return { base, picks: selection.picks ?? (own ? [{ adapter: own.name, file: null }] : []) };
}

/**
 * The address's choices; else what `weightsFrom` says, and the data set `trainedOn` where it holds rows out, or
 * another one, best with a test split. Until `trainedOn` is known (undefined) no data is chosen.
 */
export function chosenFrom(
  selection: Selection,
  libraries: Libraries,
  trainedOn: string | null | undefined,
): Chosen {
  const { datasets } = libraries;
  const usable = datasets.filter((it) => !it.problem && heldOut(it).length > 0);
  const usual =
    usable.find(({ name }) => name === trainedOn) ?? usable.find(({ rows }) => rows.test) ?? usable[0];
  const data = selection.data || (trainedOn === undefined ? "" : (usual?.name ?? ""));
  const dataset = datasets.find(({ name }) => name === data);
  const splits = dataset ? heldOut(dataset) : (["test", "valid"] as const).slice();
  const split = selection.split ?? splits[0] ?? "test";
  return {
    ...weightsFrom(selection, libraries),
    data,
    split,
    splits,
    available: dataset?.rows[split],
  };
}

/** By the name alone; the server compares the weights. */
export function isMadeFor(adapter: Adapter, base: string): boolean {
  return (adapter.model_name ?? base).split(/\/|--/).at(-1) === base.split(/\/|--/).at(-1);
}

/** The weights of an adapter that can be measured each by itself, first those that are meant where none are named. */
export function filesOf({ has_best, checkpoints }: Adapter): AdapterFile[] {
  return [...(has_best ? (["best"] as const) : []), "latest", ...checkpoints];
}

/** The picks of one adapter are exchanged for `own` where the first of them stood; of one not picked yet they come last. */
export function withPicksOf(adapter: string, own: AdapterPick[], picks: AdapterPick[]): AdapterPick[] {
  const place = picks.findIndex((pick) => pick.adapter === adapter);
  const others = picks.filter((pick) => pick.adapter !== adapter);
  return others.toSpliced(place < 0 ? others.length : place, 0, ...own);
}

/** How many rows are meant by what was typed: null is all of them, undefined is no number. */
export function readRows(typed: string): number | null | undefined {
  if (typed.trim() === "") return null;
  const rows = Number(typed);
  return Number.isInteger(rows) && rows >= 1 && rows <= 1_000_000 ? rows : undefined;
}

export function requestOf(
  { base, picks, data, split }: Chosen,
  selection: Selection,
  rows: number | null,
): EvaluationRequest {
  return {
    model_name: base,
    adapters: picks.map(({ adapter, file }) => ({ adapter_name: adapter, adapter_file: file })),
    data,
    split,
    limit: rows,
    mask_prompt: selection.answersOnly,
    general: selection.general,
  };
}

function heldOut({ rows }: Dataset): ("test" | "valid")[] {
  return (["test", "valid"] as const).filter((split) => rows[split]);
}

/** What the address names is shown also where the library does not have it. */
export function libraryOptions(known: { name: string; problem: string | null }[], current: string) {
  const listed = known.map(({ name, problem }) => ({
    value: name,
    label: name,
    detail: problem ?? undefined,
    disabled: Boolean(problem),
  }));
  if (current === "" || listed.some(({ value }) => value === current)) return listed;
  return [...listed, { value: current, label: current, detail: "not in the library" }];
}

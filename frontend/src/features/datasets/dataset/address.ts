/** What is shown of a data set, as the address says it. */

import { type Split, splits } from "../words";

export type View = "rows" | "tokens" | "statistics";

export interface Shown {
  view: View;
  /** null where the address does not say */
  split: Split | null;
  /** the page of rows, from 0 */
  page: number;
  /** the row whose tokens are shown, from 0 */
  row: number;
  /** the page of that row's tokens, from 0 */
  part: number;
  /** "" where the address does not say */
  model: string;
  /** the longest sequence, as typed; "" is the usual one */
  length: string;
  answersOnly: boolean;
  turns: "all" | "last";
  /** as typed; "" is the usual one */
  batch: string;
  epochs: string;
}

const views: readonly string[] = ["rows", "tokens", "statistics"] satisfies View[];

export function readShown(search: URLSearchParams): Shown {
  const view = search.get("view") ?? "";
  const split = search.get("split");
  return {
    view: views.includes(view) ? (view as View) : "rows",
    split: splits.find((known) => known === split) ?? null,
    page: fromOne(search.get("page")),
    row: fromOne(search.get("row")),
    part: fromOne(search.get("part")),
    model: search.get("model") ?? "",
    length: search.get("length") ?? "",
    answersOnly: search.get("loss") === "answers",
    turns: search.get("turns") === "last" ? "last" : "all",
    batch: search.get("batch") ?? "",
    epochs: search.get("epochs") ?? "",
  };
}

/** The address with `changes` made to it; what is as it is by default is left out. */
export function changed(before: URLSearchParams, changes: Partial<Shown>): URLSearchParams {
  const search = new URLSearchParams(before);
  const set = (name: string, value: string | null | undefined) => {
    if (value === undefined) return;
    search.delete(name);
    if (value) search.set(name, value);
  };
  /** People count from 1; the first is not said. */
  const counted = (value: number | undefined) =>
    value === undefined ? undefined : value === 0 ? "" : String(value + 1);
  set("view", changes.view === "rows" ? "" : changes.view);
  set("split", changes.split);
  set("page", counted(changes.page));
  set("row", counted(changes.row));
  set("part", counted(changes.part));
  set("model", changes.model);
  set("length", changes.length);
  set("loss", changes.answersOnly === undefined ? undefined : changes.answersOnly ? "answers" : "");
  set("turns", changes.turns === "all" ? "" : changes.turns);
  set("batch", changes.batch);
  set("epochs", changes.epochs);
  return search;
}

function fromOne(text: string | null): number {
  return text !== null && /^[1-9]\d{0,11}$/.test(text) ? Number(text) - 1 : 0;
}

/** What is chosen and shown, as the address says it. What other ways to compare keep there stays. */

import type { ListEvaluationExamplesApiArg } from "../../api";
import { distinctPicks, type Pick, readPick, writePick } from "../../api/picks";

export type Order = NonNullable<ListEvaluationExamplesApiArg["sort"]>;
export type Part = NonNullable<ListEvaluationExamplesApiArg["part"]>;
type Split = "test" | "valid";

export interface Selection {
  base: string;
  /** null where the address does not say */
  picks: Pick[] | null;
  data: string;
  split: Split | null;
  /** how many rows, as typed; "" is all of them */
  rows: string;
  /** count the tokens of answers alone */
  answersOnly: boolean;
  general: boolean;
  /** the evaluation that is shown; "" is the newest */
  evaluation: string;
  part: Part;
  order: Order;
  /** the adapter that examples are ordered by, counted from 1; null is whichever changes them most */
  orderedBy: number | null;
  /** the page of examples, from 0 */
  page: number;
}

const orders: readonly string[] = ["difference", "better", "worse", "index"] satisfies Order[];

export function readSelection(search: URLSearchParams): Selection {
  const split = search.get("split");
  const order = search.get("order") ?? "";
  return {
    base: search.get("base") ?? "",
    picks: search.has("adapter") ? distinctPicks(search.getAll("adapter").map(readPick)) : null,
    data: search.get("data") ?? "",
    split: split === "test" || split === "valid" ? split : null,
    rows: search.get("rows") ?? "",
    answersOnly: search.get("count") === "answers",
    general: search.get("general") !== "off",
    evaluation: search.get("evaluation") ?? "",
    part: search.get("part") === "general" ? "general" : "data",
    order: orders.includes(order) ? (order as Order) : "difference",
    orderedBy: natural(search.get("by"), 1),
    page: natural(search.get("page"), 0) ?? 0,
  };
}

/** The address with `changes` made to it; what is as it is by default is left out. */
export function changed(before: URLSearchParams, changes: Partial<Selection>): URLSearchParams {
  const search = new URLSearchParams(before);
  const set = (name: string, value: string | number | null | undefined) => {
    if (value === undefined) return;
    search.delete(name);
    if (value !== null && value !== "") search.set(name, String(value));
  };
  const unless = <Value>(usual: Value, value: Value | undefined, written: string | null = String(value)) =>
    value === undefined ? undefined : value === usual ? null : written;
  set("base", changes.base);
  if (changes.picks) {
    search.delete("adapter");
    for (const pick of changes.picks) search.append("adapter", writePick(pick));
    if (changes.picks.length === 0) search.append("adapter", "");
  }
  set("data", changes.data);
  set("split", changes.split);
  set("rows", changes.rows);
  set("count", unless(false, changes.answersOnly, "answers"));
  set("general", unless(true, changes.general, "off"));
  set("evaluation", changes.evaluation);
  set("part", unless<Part>("data", changes.part));
  set("order", unless<Order>("difference", changes.order));
  set("by", changes.orderedBy);
  set("page", unless(0, changes.page));
  return search;
}

function natural(text: string | null, least: number): number | null {
  if (text === null || !/^\d{1,6}$/.test(text)) return null;
  return Number(text) >= least ? Number(text) : null;
}

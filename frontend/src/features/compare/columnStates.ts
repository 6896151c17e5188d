/** What has come of each column until now, and what the next event makes of it. Pure. */

import type { AdapterDetails, ColumnEvent, InferenceResponse } from "../../api";

export interface ColumnState {
  /** waiting: not in the batch yet, because the model is loaded or others come first */
  status: "waiting" | "streaming" | "finished" | "failed";
  text: string;
  thinking: string;
  /** for stopping this column alone; null until it is in the batch */
  answerId: string | null;
  details: AdapterDetails | null;
  notes: string[];
  /** the whole answer with its figures; null also where the page stopped listening before the end */
  answer: InferenceResponse | null;
  /** why there is no answer */
  problem: { detail: string; code: string; status: number | "offline" } | null;
}

const waiting: ColumnState = {
  status: "waiting",
  text: "",
  thinking: "",
  answerId: null,
  details: null,
  notes: [],
  answer: null,
  problem: null,
};

export function waitingColumns(count: number): ColumnState[] {
  return Array.from({ length: count }, () => waiting);
}

export function isOpen({ status }: ColumnState): boolean {
  return status === "waiting" || status === "streaming";
}

export function withEvent(columns: ColumnState[], event: ColumnEvent): ColumnState[] {
  const column = columns[event.column];
  return column ? columns.with(event.column, next(column, event)) : columns;
}

function next(column: ColumnState, event: ColumnEvent): ColumnState {
  switch (event.type) {
    case "started":
      return {
        ...column,
        status: "streaming",
        answerId: event.answer_id,
        details: event.adapter_details,
        notes: event.notes,
      };
    case "text":
      return { ...column, text: column.text + event.text, thinking: column.thinking + event.thinking };
    case "finished":
      return {
        ...column,
        status: "finished",
        text: event.answer.response,
        thinking: event.answer.thinking,
        details: event.answer.adapter_details,
        notes: event.answer.notes,
        answer: event.answer,
      };
    case "failed":
      return {
        ...column,
        status: "failed",
        problem: { detail: event.detail, code: event.code, status: 200 },
      };
  }
}

/** What every one of several columns failed with, before it said anything, in the same words. */
export function sharedProblem(columns: ColumnState[]): ColumnState["problem"] {
  const problem = columns[0]?.problem;
  if (!problem || columns.length < 2) return null;
  const alike = columns.every(
    (each) => each.problem?.detail === problem.detail && !each.text && !each.thinking,
  );
  return alike ? problem : null;
}

/** Every column that still waited or streamed is over: with `problem`, or because somebody stopped it. */
export function closed(columns: ColumnState[], problem: ColumnState["problem"]): ColumnState[] {
  return columns.map((column) => {
    if (!isOpen(column)) return column;
    return { ...column, status: problem ? "failed" : "finished", problem };
  });
}

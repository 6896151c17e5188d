import { useEffect, useRef, useState } from "react";
import type { CompareRequest } from "../../../api";
import type { ColumnState } from "../columnStates";
import { asColumn, type ColumnPlan } from "../columns";
import type { Question } from "../questions";
import { useColumns } from "../useColumns";

export interface BatchRow extends Question {
  /** the answer that stands in the data */
  reference: string | null;
  /** by the columns' keys; null where it was not asked */
  answers: Map<string, ColumnState> | null;
}

interface Progress {
  done: number;
  seconds: number;
}

/** Asks one prompt after another, each of all columns at once. What was answered stays when it is stopped or refused. */
export function useBatch() {
  const live = useColumns();
  const [rows, setRows] = useState<BatchRow[]>([]);
  const [asked, setAsked] = useState<{ index: number; keys: string[] } | null>(null);
  const [progress, setProgress] = useState<Progress>({ done: 0, seconds: 0 });
  const stopped = useRef(false);

  const run = async (
    questions: Omit<BatchRow, "answers">[],
    request: Omit<CompareRequest, "columns" | "prompt">,
    plans: ColumnPlan[],
  ) => {
    const began = performance.now();
    const keys = plans.map(({ key }) => key);
    stopped.current = false;
    setRows(questions.map((question) => ({ ...question, answers: null })));
    setProgress({ done: 0, seconds: 0 });
    for (const [index, question] of questions.entries()) {
      setAsked({ index, keys });
      const columns = await live.start(questionFor(question, request, plans));
      if (columns.length === 0) break;
      setRows((before) => before.with(index, { ...question, answers: byKey(keys, columns) }));
      setProgress({ done: index + 1, seconds: (performance.now() - began) / 1000 });
      if (stopped.current || columns.every(({ status }) => status === "failed")) break;
    }
    setAsked(null);
  };

  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  return {
    rows: asked ? rows.map((row, index) => withLive(row, index, asked, live.columns)) : rows,
    running: asked !== null,
    progress,
    problem: live.problem,
    run,
    stop: () => {
      stopped.current = true;
      void live.stop();
    },
  };
}

function questionFor(
  { prompt, system, history }: Question,
  request: Omit<CompareRequest, "columns" | "prompt">,
  plans: ColumnPlan[],
): CompareRequest {
  const columns = plans.map((plan) => asColumn(plan, history));
  return { ...request, prompt, system_prompt: system ?? request.system_prompt, columns };
}

function withLive(
  row: BatchRow,
  index: number,
  asked: { index: number; keys: string[] },
  columns: ColumnState[],
) {
  return index === asked.index && !row.answers ? { ...row, answers: byKey(asked.keys, columns) } : row;
}

function byKey(keys: string[], columns: ColumnState[]): Map<string, ColumnState> {
  return new Map(columns.map((column, index) => [keys[index] ?? "", column]));
}

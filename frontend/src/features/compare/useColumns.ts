import { useCallback, useEffect, useRef, useState } from "react";
import { type CompareRequest, useCancelAnswerMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import { streamComparison } from "../../api/stream";
import { type ColumnState, closed, isOpen, waitingColumns, withEvent } from "./columnStates";

const endedEarly: ApiError = {
  status: "offline",
  detail: "The server ended the answer before it was complete. Ask again; the log of the server says more.",
  code: "stream_ended",
  fields: [],
};

/**
 * One comparison at a time, column by column as it comes; the page is told at most once a frame.
 *
 * `start` resolves to the columns as they ended. What is wrong with the whole request is `problem`, and `columns` are
 * then empty; what is wrong with one column stands in it. Leaving the page stops everything.
 */
export function useColumns() {
  const [columns, setColumns] = useState<ColumnState[]>([]);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [cancelAnswer] = useCancelAnswerMutation();
  const latest = useRef<ColumnState[]>([]);
  const frame = useRef(0);
  const call = useRef<AbortController | null>(null);

  const show = useCallback((next: ColumnState[]) => {
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    latest.current = next;
    setColumns(next);
  }, []);

  const start = useCallback(
    async (request: CompareRequest): Promise<ColumnState[]> => {
      call.current?.abort();
      const mine = new AbortController();
      call.current = mine;
      let answers = waitingColumns(request.columns.length);
      show(answers);
      setProblem(null);
      setAsking(true);
      let refusal: ApiError | null = null;
      try {
        for await (const event of streamComparison(request, mine.signal)) {
          answers = withEvent(answers, event);
          if (call.current !== mine) continue;
          latest.current = answers;
          frame.current ||= requestAnimationFrame(() => show(latest.current));
        }
        answers = closed(answers, mine.signal.aborted ? null : endedEarly);
      } catch (reason) {
        const wrong = mine.signal.aborted ? null : asApiError(reason);
        if (answers.every(({ status }) => status === "waiting")) refusal = wrong;
        answers = refusal ? [] : closed(answers, wrong);
      }
      if (call.current === mine) {
        show(answers);
        setProblem(refusal);
        setAsking(false);
      }
      return answers;
    },
    [show],
  );

  const stopOne = useCallback(
    async (index: number) => {
      const answerId = latest.current[index]?.answerId;
      if (answerId) await cancelAnswer({ answerId });
    },
    [cancelAnswer],
  );

  /** Rows in the batch end with what they have said and their figures; where one is not there yet, all hang up. */
  const stop = useCallback(async () => {
    const open = latest.current.filter(isOpen);
    const answers = open.map(({ answerId }) => answerId).filter((id) => id !== null);
    if (answers.length < open.length) return call.current?.abort();
    const cancelled = await Promise.all(answers.map((answerId) => cancelAnswer({ answerId })));
    if (cancelled.some(({ error }) => error)) call.current?.abort();
  }, [cancelAnswer]);

  const clear = useCallback(() => {
    call.current?.abort();
    show([]);
    setProblem(null);
  }, [show]);

  useEffect(
    () => () => {
      call.current?.abort();
      cancelAnimationFrame(frame.current);
    },
    [],
  );

  return { columns, asking, problem, start, stop, stopOne, clear };
}

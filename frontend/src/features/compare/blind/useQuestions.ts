import { useMemo, useRef, useState } from "react";
import { type Dataset, usePreviewDatasetQuery } from "../../../api";
import { byHand, draw, keyOf, type Question, questionsOf } from "./questions";

const mostRows = 500;

/**
 * The question that is asked next: as somebody writes it, else drawn from a data set's test split (or its validation
 * split) and its examples. None is drawn again before all were asked.
 */
export function useQuestions(dataset: Dataset | undefined, firstPrompt: string | null) {
  const questions = useUnseen(dataset);
  const asked = useRef(new Set<string>());
  const [drawn, setDrawn] = useState<Question | null>(null);
  const [written, setWritten] = useState(firstPrompt);
  const question = written === null ? (drawn ?? questions[0] ?? byHand("")) : byHand(written);

  const note = (one: Question) => asked.current.add(keyOf(one));
  const startAnew = () => {
    asked.current.clear();
    return draw(questions, asked.current);
  };
  const drawNext = (): Question | null => {
    const next = draw(questions, asked.current) ?? startAnew();
    if (next) note(next);
    setWritten(null);
    setDrawn(next);
    return next;
  };
  return {
    question,
    count: questions.length,
    write: setWritten,
    /** What is offered stays from here on, even if rows are still loading. */
    hold: () => setDrawn(question),
    note,
    drawNext,
    forget: () => setDrawn(null),
  };
}

function useUnseen(dataset: Dataset | undefined): Question[] {
  const split = dataset?.rows.test ? "test" : "valid";
  const { currentData: preview } = usePreviewDatasetQuery(
    { name: dataset?.name ?? "", split, limit: mostRows },
    { skip: !dataset?.rows[split] },
  );
  return useMemo(() => questionsOf(preview?.rows ?? [], dataset?.examples ?? []), [preview, dataset]);
}

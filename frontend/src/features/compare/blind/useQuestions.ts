import { useMemo, useRef } from "react";
import { type Dataset, usePreviewDatasetQuery } from "../../../api";
import { draw, keyOf, type Question, questionsOf } from "./questions";

const mostRows = 500;

/** Questions of a data set's test split, else of its validation split, and its examples; each is drawn once a visit. */
export function useQuestions(dataset: Dataset | undefined) {
  const split = dataset?.rows.test ? "test" : "valid";
  const { currentData: preview } = usePreviewDatasetQuery(
    { name: dataset?.name ?? "", split, limit: mostRows },
    { skip: !dataset?.rows[split] },
  );
  const questions = useMemo(
    () => questionsOf(preview?.rows ?? [], dataset?.examples ?? []),
    [preview, dataset],
  );
  const drawn = useRef(new Set<string>());

  /** All were asked once: from the beginning. */
  const startAnew = () => {
    drawn.current.clear();
    return draw(questions, drawn.current);
  };
  const next = (): Question | null => {
    const question = draw(questions, drawn.current) ?? startAnew();
    if (question) drawn.current.add(keyOf(question));
    return question;
  };
  return { count: questions.length, first: questions[0] ?? null, next };
}

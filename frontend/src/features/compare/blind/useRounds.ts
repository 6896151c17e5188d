import { useCallback, useRef, useState } from "react";
import { type CompareRequest, useCastVoteMutation, type Vote } from "../../../api";
import { asApiError } from "../../../api/base";
import type { ColumnPlan } from "../columns";
import { useColumns } from "../useColumns";
import type { Question } from "./questions";
import { type AnsweredColumn, type Choice, type Round, shuffledOrder, voidReason, voteOf } from "./round";

export type Stage =
  | { at: "setup" }
  | { at: "answering"; question: Question; places: number }
  | { at: "judging"; round: Round }
  | { at: "voted"; round: Round; choice: Choice; vote: Vote }
  | { at: "void"; reason: string }
  | { at: "refused" };

/** One round after the other: the answers are collected out of sight, then judged, then named. */
export function useRounds() {
  const { start, clear, problem } = useColumns();
  const [castVote, casting] = useCastVoteMutation();
  const [stage, setStage] = useState<Stage>({ at: "setup" });
  const rounds = useRef(0);

  const begin = async (question: Question, contestants: ColumnPlan[], request: CompareRequest) => {
    const mine = ++rounds.current;
    casting.reset();
    setStage({ at: "answering", question, places: contestants.length });
    const columns = await start(request);
    if (rounds.current !== mine) return;
    if (columns.length === 0) return setStage({ at: "refused" });
    const reason = voidReason(columns, contestants);
    if (reason !== null) return setStage({ at: "void", reason });
    const answers = columns.filter((column): column is AnsweredColumn => column.answer !== null);
    const order = shuffledOrder(answers.length);
    setStage({ at: "judging", round: { question, contestants, answers, order, request } });
  };

  const vote = async (round: Round, choice: Choice) => {
    const mine = rounds.current;
    const { data } = await castVote({ newVote: voteOf(round, choice) });
    if (data && rounds.current === mine) setStage({ at: "voted", round, choice, vote: data });
  };

  const leave = useCallback(() => {
    rounds.current++;
    clear();
    setStage({ at: "setup" });
  }, [clear]);

  return {
    stage,
    begin,
    vote,
    leave,
    problem,
    saving: casting.isLoading,
    unsaved: casting.error ? asApiError(casting.error) : null,
  };
}

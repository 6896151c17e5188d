import { useEffect, useRef } from "react";
import type { ApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Failure } from "../../../ui/Faces";
import { useKeys } from "../../../ui/useKeys";
import { HiddenAnswers } from "./Answers";
import { QuestionShown } from "./QuestionShown";
import { type Choice, choiceOfKey, type Round } from "./round";
import { useReveal } from "./useReveal";
import { Key, VoteBar } from "./VoteBar";

interface JudgingProps {
  round: Round;
  saving: boolean;
  /** why the vote could not be kept */
  unsaved: ApiError | null;
  onVote: (choice: Choice) => void;
  onLeave: () => void;
}

/** The answers come at one pace; once all stand there, one key says which is better. */
export function Judging({ round, saving, unsaved, onVote, onLeave }: JudgingProps) {
  const places = round.order.length;
  const texts = round.order.map((contestant) => round.answers[contestant]?.answer.response ?? "");
  const { shown, complete, showAll } = useReveal(texts);
  const allAlike = complete && new Set(texts.map((text) => text.trim())).size === 1;
  const open = complete && !saving;
  const bar = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (complete) bar.current?.focus({ preventScroll: true });
  }, [complete]);

  useKeys((key) => {
    if (key === "Escape") {
      onLeave();
      return true;
    }
    if (!complete && key === "Enter") {
      showAll();
      return true;
    }
    const choice = open ? choiceOfKey(key, places) : null;
    if (choice !== null) onVote(choice);
    return choice !== null;
  });

  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <QuestionShown question={round.question} />
        <div className="flex flex-wrap gap-2">
          {!complete && (
            <Button look="quiet" onClick={showAll}>
              Show at once
              <Key>Enter</Key>
            </Button>
          )}
          <Button look="quiet" onClick={onLeave}>
            End the round
            <Key>Esc</Key>
          </Button>
        </div>
      </div>
      <div className="sticky top-0 z-10 bg-ground py-2">
        <VoteBar places={places} disabled={!open} bar={bar} onChoose={onVote} />
      </div>
      {unsaved && <Failure title="The vote was not kept; choose again" problem={unsaved} />}
      <HiddenAnswers texts={shown} complete={complete} />
      {allAlike && (
        <p className="text-soft">
          All answers read the same. Call it a tie, or end the round and ask something else.
        </p>
      )}
      <p role="status" className="sr-only">
        {complete
          ? `All ${places} answers are complete. Which is better? Press ${places > 2 ? "1, 2 or 3" : "1 or 2"}, t for a tie, 0 if all are bad.`
          : "The answers are being shown."}
      </p>
    </div>
  );
}

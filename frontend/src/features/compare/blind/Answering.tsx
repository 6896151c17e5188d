import { Button } from "../../../ui/Button";
import { useKeys } from "../../../ui/useKeys";
import { HiddenAnswers } from "./Answers";
import { QuestionShown } from "./QuestionShown";
import type { Question } from "./questions";
import { Key, useFocusOnArrival } from "./VoteBar";

/** All answer out of sight: which is ready first would give it away. */
export function Answering({
  question,
  places,
  onLeave,
}: {
  question: Question;
  places: number;
  onLeave: () => void;
}) {
  useKeys((key) => {
    if (key === "Escape") onLeave();
    return key === "Escape";
  });
  const button = useFocusOnArrival<HTMLButtonElement>();
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <QuestionShown question={question} />
        <Button ref={button} look="quiet" onClick={onLeave}>
          End the round
          <Key>Esc</Key>
        </Button>
      </div>
      <p role="status" className="py-2 text-soft">
        All {places} are answering, out of sight. Their answers appear together.
      </p>
      <HiddenAnswers texts={Array.from({ length: places }, () => "")} complete={false} />
    </div>
  );
}

import { Button } from "../../../ui/Button";
import { useKeys } from "../../../ui/useKeys";
import { NamedAnswers } from "./Answers";
import { QuestionShown } from "./QuestionShown";
import { type Choice, letters, nameOf, type Round } from "./round";
import { Key, useFocusOnArrival } from "./VoteBar";

interface VotedProps {
  round: Round;
  choice: Choice;
  /** null where there is no data set to draw from */
  onNext: (() => void) | null;
  onSetUp: () => void;
}

/** Who was who, once the vote is kept. */
export function Voted({ round, choice, onNext, onSetUp }: VotedProps) {
  const next = useFocusOnArrival<HTMLButtonElement>();
  useKeys((key) => {
    if (key === "w") onSetUp();
    else if (key === "n" || key === "Enter") (onNext ?? onSetUp)();
    else return false;
    return true;
  });
  return (
    <div className="grid grid-cols-1 gap-5">
      <QuestionShown question={round.question} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <p role="status" className="min-w-0">
          {inWords(round, choice)}
        </p>
        <div className="flex flex-wrap gap-2">
          <Button ref={onNext ? null : next} aria-keyshortcuts="w" onClick={onSetUp}>
            Set up the next round
            <Key>w</Key>
          </Button>
          {onNext && (
            <Button look="primary" ref={next} aria-keyshortcuts="n" onClick={onNext}>
              Next prompt
              <Key>n</Key>
            </Button>
          )}
        </div>
      </div>
      <NamedAnswers round={round} chosen={typeof choice === "number" ? choice : null} />
    </div>
  );
}

function inWords({ order, contestants, answers }: Round, choice: Choice): string {
  const who = order.map((contestant, place) => `${letters[place]} was ${nameOf(contestants[contestant])}`);
  const said =
    choice === "tie"
      ? "You called it a tie"
      : choice === "both_bad"
        ? `You found ${order.length > 2 ? "all" : "both"} bad`
        : `You chose ${letters[choice]}`;
  const same = new Set(answers.map(({ answer }) => answer.response.trim())).size === 1;
  const counted =
    same && typeof choice === "number" ? ". The answers are the same, so that it counts as a tie" : "";
  return `${said}${counted}. ${who.join("; ")}.`;
}

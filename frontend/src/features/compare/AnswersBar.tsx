import { Eraser, RotateCcw, Undo2 } from "lucide-react";
import { useId } from "react";
import { Button } from "../../ui/Button";
import { Switch } from "../../ui/Choice";
import { AddColumn } from "./AddColumn";
import type { Libraries, useComparison } from "./useComparison";
import type { useTurns } from "./useTurns";

/** What can be done with the answers as a whole. */
export function AnswersBar({
  compared,
  libraries,
  turns,
  marked,
  onMarked,
  onAskAgain,
}: {
  compared: ReturnType<typeof useComparison>;
  libraries: Libraries;
  turns: ReturnType<typeof useTurns>;
  marked: boolean;
  onMarked: (marked: boolean) => void;
  onAskAgain: () => void;
}) {
  const id = useId();
  const { comparison, plans, change } = compared;
  const answered = turns.turns.length > 0;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {plans.length > 1 && (
        <label htmlFor={id} className="flex cursor-pointer items-center gap-2 text-sm">
          <Switch id={id} checked={marked} onChange={onMarked} />
          Mark what differs from {plans[0]?.pick ? "the first" : "the base"}
        </label>
      )}
      {answered && (
        <Button disabled={turns.asking} onClick={onAskAgain}>
          <RotateCcw aria-hidden />
          Ask again
        </Button>
      )}
      {comparison.mode === "conversation" && answered && (
        <Button disabled={turns.asking} onClick={turns.clear}>
          <Eraser aria-hidden />
          Clear
        </Button>
      )}
      {turns.undoClear && (
        <Button onClick={turns.undoClear}>
          <Undo2 aria-hidden />
          Bring back
        </Button>
      )}
      <AddColumn
        comparison={comparison}
        models={libraries.models}
        adapters={libraries.adapters}
        onAdd={(pick) => change({ picks: [...comparison.picks, pick] })}
        onBase={() => change({ withBase: true })}
      />
    </div>
  );
}

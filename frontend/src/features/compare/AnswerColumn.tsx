import { Square } from "lucide-react";
import { useMemo } from "react";
import type { AdapterFile } from "../../api/picks";
import { Button } from "../../ui/Button";
import { CopyIcon } from "../../ui/CopyButton";
import { percent } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { Answer } from "./Answer";
import { ColumnHead, inFull } from "./ColumnHead";
import { type ColumnState, isOpen, sharedProblem } from "./columnStates";
import type { ColumnPlan } from "./columns";
import { type Differences, differences } from "./differences";
import { Figures } from "./Figures";
import { Proof } from "./Proof";
import type { Turn } from "./useTurns";
import { Weights } from "./Weights";

export interface AnswerColumnProps {
  plan: ColumnPlan;
  base: string;
  turns: Turn[];
  /** whether the questions stand above the answers */
  asConversation: boolean;
  waitingFor: string;
  /** the column that differences are marked against; null where they are not marked, or this is that column */
  referenceKey: string | null;
  onFile: (file: AdapterFile) => void;
  onRemove: (() => void) | null;
  onStop: () => void;
}

/** One column: who speaks, and question by question what was said. Each question begins level with that of the others. */
export function AnswerColumn(props: AnswerColumnProps) {
  const { plan, turns, onFile, onRemove } = props;
  const last = turns.at(-1)?.answers.get(plan.key);
  return (
    <article
      aria-label={plan.pick ? `Answer of ${inFull(plan)}` : "Answer of the base model"}
      aria-busy={last ? isOpen(last) : false}
      className="grid min-w-0 grid-cols-1 grid-rows-subgrid content-start rounded-lg border border-t-2 border-line bg-surface max-sm:not-last:mb-4"
      style={{ borderTopColor: plan.colour, gridRow: `span ${rowsOf(turns)}` }}
    >
      <ColumnHead plan={plan} onFile={onFile} onRemove={onRemove} />
      {turns.length === 0 && (
        <div className="min-h-20 px-3 py-3">
          {plan.problem ? (
            <Notice kind="warning">{plan.problem}</Notice>
          ) : (
            <p className="text-soft">Not asked yet.</p>
          )}
        </div>
      )}
      {turns.map((turn) => (
        <TurnOfColumn key={turn.id} {...props} turn={turn} isLast={turn === turns.at(-1)} />
      ))}
    </article>
  );
}

/** The head, and a row a question: the answer with what stands under it. */
export function rowsOf(turns: Turn[]): number {
  return 1 + Math.max(turns.length, 1);
}

function TurnOfColumn({
  plan,
  base,
  turn,
  isLast,
  asConversation,
  waitingFor,
  referenceKey,
  onStop,
}: AnswerColumnProps & { turn: Turn; isLast: boolean }) {
  const state = turn.answers.get(plan.key);
  const saidOnce = isLast && sharedProblem([...turn.answers.values()]) !== null;
  const reference = referenceKey === null ? undefined : turn.answers.get(referenceKey);
  const marks = useMarks(reference, state);
  return (
    <div className="min-w-0">
      <div className="min-h-20 px-3 pt-3 pb-2" aria-live={isLast ? "polite" : undefined}>
        {asConversation && (
          <p className="mb-3 rounded-md bg-sunken px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
            <span className="sr-only">Asked: </span>
            {turn.prompt}
          </p>
        )}
        {state && saidOnce ? (
          <p className="text-soft">No answer.</p>
        ) : state ? (
          <Answer state={state} waitingFor={waitingFor} marks={marks} />
        ) : plan.problem ? (
          <Notice kind="warning">{plan.problem}</Notice>
        ) : (
          <p className="text-soft">Not asked this.</p>
        )}
      </div>
      <div className="min-h-14 px-3 pb-3">
        {state && (
          <Foot plan={plan} base={base} state={state} marks={marks} isLast={isLast} onStop={onStop} />
        )}
      </div>
    </div>
  );
}

function Foot({
  plan,
  base,
  state,
  marks,
  isLast,
  onStop,
}: {
  plan: ColumnPlan;
  base: string;
  state: ColumnState;
  marks: Marks;
  isLast: boolean;
  onStop: () => void;
}) {
  return (
    <>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          {state.answer && <Figures answer={state.answer} />}
          {marks && marks !== "too long" && (
            <p className="text-sm text-soft">
              <span className="mono">{percent(Math.round(marks.equalShare * 1000) / 10)}</span> of the words
              are equal
            </p>
          )}
        </div>
        {state.status === "streaming" && state.answerId && (
          <Button onClick={onStop} aria-label={`Stop ${inFull(plan)}`}>
            <Square aria-hidden />
            Stop
          </Button>
        )}
        {!isOpen(state) && state.text && (
          <CopyIcon text={state.text} label={`Copy the answer of ${inFull(plan)}`} />
        )}
      </div>
      {isLast && (
        <Weights state={state}>
          {plan.pick && (
            <Proof model_name={base} adapter_name={plan.pick.adapter} adapter_file={plan.pick.file} />
          )}
        </Weights>
      )}
    </>
  );
}

type Marks = Differences | "too long" | null;

/** Found once both answers are whole. */
function useMarks(reference: ColumnState | undefined, state: ColumnState | undefined): Marks {
  const whole = reference?.status === "finished" && state?.status === "finished";
  const from = whole ? reference.text : null;
  const to = whole ? state.text : null;
  return useMemo(
    () => (from === null || to === null ? null : (differences(from, to) ?? "too long")),
    [from, to],
  );
}

import { memo } from "react";
import { Failure } from "../../ui/Faces";
import { plural } from "../../ui/format";
import { type ColumnState, isOpen } from "./columnStates";
import type { Differences, Piece } from "./differences";

/** What a column says to one question: thinking folded apart, the text as it comes, or why there is none. */
export function Answer({
  state,
  waitingFor,
  marks,
}: {
  state: ColumnState;
  /** what an answer that has not begun waits for, in words */
  waitingFor: string;
  /** what differs from another column's answer, where that is to be seen; too long where nobody can say in time */
  marks: Differences | "too long" | null;
}) {
  const { status, text, thinking, problem } = state;
  return (
    <>
      {thinking && <Thinking text={thinking} streaming={isOpen(state) && !text} />}
      {status === "waiting" && <p className="text-soft">{waitingFor} …</p>}
      {text && <Text text={text} streaming={status === "streaming"} marks={marks} />}
      {status === "streaming" && !text && !thinking && <p className="text-soft">Reading the prompt …</p>}
      {status === "finished" && !text && (
        <p data-testid="answer" className="text-soft">
          {state.answer?.finish_reason === "cancelled" || !state.answer
            ? "Stopped before the first word."
            : "The answer is empty: the model ended at once."}
        </p>
      )}
      {problem && (
        <div className="mt-2 first:mt-0">
          <Failure title={text ? "The answer is not complete" : "No answer"} problem={problem} />
        </div>
      )}
    </>
  );
}

function Text({
  text,
  streaming,
  marks,
}: {
  text: string;
  streaming: boolean;
  marks: Differences | "too long" | null;
}) {
  return (
    <>
      <p data-testid="answer" className="whitespace-pre-wrap [overflow-wrap:anywhere]">
        {marks && marks !== "too long" ? <Marked pieces={marks.pieces} /> : <Lines text={text} />}
        {streaming && <Caret />}
      </p>
      {marks === "too long" && (
        <p className="mt-2 text-sm text-soft">Too long and too different to mark word by word.</p>
      )}
    </>
  );
}

/** Each line a block of its own: what comes next lays out the last line anew, and not a long answer from its beginning. */
function Lines({ text }: { text: string }) {
  const lines = text.split(/(?<=\n)/);
  return lines.map((line, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
    <Line key={place} text={line} last={place === lines.length - 1} />
  ));
}

/** The last stays in the flow, for the mark of where it goes on. */
const Line = memo(({ text, last }: { text: string; last: boolean }) => (
  <span className={last ? undefined : "block"}>{text}</span>
));

/** Marked by ground and underline, so that it does not need the eye for colour. */
function Marked({ pieces }: { pieces: Piece[] }) {
  let place = 0;
  return pieces.map(({ text, different }) => {
    const key = place;
    place += text.length;
    if (!different) return <span key={key}>{text}</span>;
    return (
      <mark
        key={key}
        className="rounded-[3px] bg-accent-ground text-ink underline decoration-accent decoration-2 underline-offset-4"
      >
        {text}
      </mark>
    );
  });
}

function Caret() {
  return <span aria-hidden className="ml-px inline-block h-[1.1em] w-[2px] translate-y-[0.2em] bg-soft" />;
}

function Thinking({ text, streaming }: { text: string; streaming: boolean }) {
  const words = text.split(/\s+/).filter(Boolean).length;
  return (
    <details className="mb-3 border-l-2 border-line pl-3 text-sm text-soft">
      <summary className="rounded hover:text-ink">
        {streaming ? "Thinking …" : "Thinking"} <span className="mono">{plural(words, "word")}</span>
      </summary>
      <p className="mt-2 whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</p>
    </details>
  );
}

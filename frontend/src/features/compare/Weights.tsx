import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import type { ColumnState } from "./columnStates";
import { Details, Warnings } from "./Details";
import { weightsInShort } from "./weightsRows";

/** Which weights answered, under a fold; what is doubtful about them stands outside of it. */
export function Weights({ state, children }: { state: ColumnState; children?: ReactNode }) {
  const { details, notes, answer } = state;
  if (!details) return null;
  return (
    <>
      <Warnings details={details} />
      {notes.map((note) => (
        <p key={note} className="mt-1 text-sm text-soft">
          {note}
        </p>
      ))}
      <details className="group mt-2 text-sm">
        <summary className="flex items-start gap-1 rounded text-soft hover:text-ink">
          <ChevronRight
            aria-hidden
            className="mt-0.5 size-4 shrink-0 transition-transform duration-150 group-open:rotate-90"
          />
          <span className="min-w-0">
            Which weights
            <span className="mono block text-xs">{weightsInShort(details)}</span>
          </span>
        </summary>
        <Details details={details} answer={answer} />
        {children}
      </details>
    </>
  );
}

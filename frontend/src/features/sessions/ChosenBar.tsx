import { ChartSpline } from "lucide-react";
import type { Session } from "../../api";
import { Button, ButtonLink } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { runColour } from "../../ui/runColour";
import { mostSessions, writeSessions } from "./address";
import type { Choosing } from "./useChosen";

export function comparePath(chosen: string[]) {
  return { pathname: "/sessions/compare", search: `${writeSessions(chosen)}&by=step` };
}

/** What is chosen, and the way to the comparison; stays in view while the list is scrolled. */
export function ChosenBar({ choosing, sessions }: { choosing: Choosing; sessions: Session[] }) {
  const { chosen, clear, isFull } = choosing;
  const byId = new Map(sessions.map((session) => [session.id, session]));
  return (
    <section
      aria-label="Chosen sessions"
      className="sticky top-0 z-10 -mx-1 flex min-h-13 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-ground px-1 py-2"
    >
      <p role="status" className="min-w-0 flex-1 text-sm wide:basis-64 text-soft">
        {chosen.length === 0 ? (
          `Tick two or more sessions, up to ${mostSessions}, to lay them over each other.`
        ) : (
          <span className="flex flex-wrap gap-x-4 gap-y-1">
            <span className="wide:hidden">{chosen.length} chosen</span>
            {chosen.map((id) => (
              <span key={id} className="flex max-w-48 items-center gap-1.5 text-ink max-wide:sr-only">
                <Dot colour={runColour(byId.get(id)?.adapter_name ?? id)} />
                <span className="truncate">{byId.get(id)?.adapter_name ?? id}</span>
              </span>
            ))}
            {isFull && <span>{mostSessions} at most.</span>}
          </span>
        )}
      </p>
      {chosen.length > 0 && (
        <span className="flex gap-2">
          <Button look="quiet" onClick={clear}>
            Clear
          </Button>
          <ButtonLink look="primary" to={comparePath(chosen)}>
            <ChartSpline aria-hidden />
            Compare {chosen.length}
          </ButtonLink>
        </span>
      )}
    </section>
  );
}

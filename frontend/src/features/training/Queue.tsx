import { ArrowDown, ArrowUp, SlidersHorizontal, X } from "lucide-react";
import { Link } from "react-router";
import { type Session, useGetTrainingStatusQuery, useStopSessionMutation } from "../../api";
import { asApiError } from "../../api/base";
import { hasBegun } from "../../api/session";
import { ButtonLink, IconButton } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Dot } from "../../ui/Dot";
import { runColour } from "../../ui/runColour";
import { useToast } from "../../ui/Toast";
import { type Direction, useMove } from "./useMove";

/** The runs that wait, in their order; each can be moved, opened, changed or taken out. */
export function Queue({ shownId }: { shownId: string }) {
  const { data } = useGetTrainingStatusQuery();
  const waiting = data?.queue ?? [];
  const { move, list, said } = useMove(waiting);
  if (waiting.length === 0) return null;
  return (
    <Section title="Queue">
      <ol ref={list} className="grid gap-1">
        {waiting.map((session, index) => (
          <li key={session.id} className="flex min-w-0 items-center gap-x-3">
            <span className="mono w-5 shrink-0 text-right text-soft">{index + 1}</span>
            <Name session={session} shown={session.id === shownId} />
            <span className="ml-auto flex shrink-0">
              {(["up", "down"] as const).map((direction) => (
                <MoveButton
                  key={direction}
                  session={session}
                  direction={direction}
                  atEnd={index === (direction === "up" ? 0 : waiting.length - 1)}
                  onMove={move}
                />
              ))}
              <Change session={session} />
              <Cancel session={session} />
            </span>
          </li>
        ))}
      </ol>
      <p role="status" className="sr-only">
        {said}
      </p>
    </Section>
  );
}

function Name({ session, shown }: { session: Session; shown: boolean }) {
  const { id, adapter_name, model_name, data_name } = session;
  return (
    <span className="flex min-w-0 flex-1 items-center gap-3">
      <Dot colour={runColour(adapter_name)} />
      {shown ? (
        <span aria-current="page" className="truncate font-medium" title={adapter_name}>
          {adapter_name}
        </span>
      ) : (
        <Link to={`/training/${id}`} title={adapter_name} className="truncate font-medium hover:underline">
          {adapter_name}
        </Link>
      )}
      <span className="min-w-0 truncate text-sm text-soft max-wide:hidden">
        {shown ? "shown here" : `${model_name} on ${data_name}`}
      </span>
    </span>
  );
}

interface MoveButtonProps {
  session: Session;
  direction: Direction;
  atEnd: boolean;
  onMove: (session: Session, direction: Direction) => void;
}

/** Stays reachable at the end of the list, so that the keyboard does not lose its place. */
function MoveButton({ session, direction, atEnd, onMove }: MoveButtonProps) {
  return (
    <IconButton
      label={`Move ${session.adapter_name} ${direction}`}
      data-move={`${session.id} ${direction}`}
      aria-disabled={atEnd}
      className="aria-disabled:cursor-default aria-disabled:opacity-40"
      onClick={() => !atEnd && onMove(session, direction)}
    >
      {direction === "up" ? <ArrowUp aria-hidden /> : <ArrowDown aria-hidden />}
    </IconButton>
  );
}

function Change({ session }: { session: Session }) {
  if (hasBegun(session)) return <span className="w-9" />;
  return (
    <ButtonLink
      look="quiet"
      to={`/setup?change=${encodeURIComponent(session.id)}`}
      aria-label={`Change the settings of ${session.adapter_name}`}
      title="Change its settings"
      className="w-9 px-0"
    >
      <SlidersHorizontal aria-hidden />
    </ButtonLink>
  );
}

function Cancel({ session }: { session: Session }) {
  const [cancel] = useStopSessionMutation();
  const say = useToast();
  const takeOut = async () => {
    const answer = await cancel({ sessionId: session.id });
    say(
      answer.error ? asApiError(answer.error).detail : `${session.adapter_name} was taken out of the queue.`,
    );
  };
  return (
    <IconButton label={`Take ${session.adapter_name} out of the queue`} onClick={takeOut}>
      <X aria-hidden />
    </IconButton>
  );
}

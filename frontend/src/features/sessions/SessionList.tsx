import { RotateCcw, Trash2 } from "lucide-react";
import { Link, useNavigate } from "react-router";
import type { Session } from "../../api";
import { isAtRest, shownState } from "../../api/session";
import { ButtonLink, IconButton } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { duration, figure, moment, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import { runColour } from "../../ui/runColour";
import { StateLabel } from "../../ui/StateLabel";
import { comparePath } from "./ChosenBar";
import type { Choosing } from "./useChosen";

interface ListProps {
  sessions: Session[];
  choosing: Choosing;
  onDelete: (session: Session) => void;
}

export function SessionTable({ sessions, choosing, onDelete }: ListProps) {
  return (
    <table className="w-full table-fixed border-collapse">
      <thead className="text-left text-sm text-soft">
        <tr className="border-b border-line [&>th]:py-2 [&>th]:pr-4 [&>th:last-child]:pr-0 [&>th]:font-normal">
          <th className="w-9">
            <span className="sr-only">Compare</span>
          </th>
          <th className="w-[19%]">Adapter</th>
          <th className="w-34">State</th>
          <th>Model and data</th>
          <th className="w-34 text-right">Best validation</th>
          <th className="w-28 text-right">Duration</th>
          <th className="w-30">Created</th>
          <th className="w-[4.75rem]">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr
            key={session.id}
            className="border-b border-line hover:bg-hover [&>td]:py-1.5 [&>td]:pr-4 [&>td]:align-middle [&>td:last-child]:pr-0"
          >
            <td>
              <Tick session={session} choosing={choosing} />
            </td>
            <td>
              <Name session={session} />
            </td>
            <td>
              <StateLabel state={shownState(session)} />
            </td>
            <td className="truncate text-soft" title={origin(session)}>
              {origin(session)}
            </td>
            <td className="text-right">
              <BestLoss session={session} />
            </td>
            <td className="mono text-right">{length(session)}</td>
            <td className="mono text-soft">{moment(session.created_at)}</td>
            <td className="text-right whitespace-nowrap">
              <Actions session={session} onDelete={onDelete} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same on a narrow screen. */
export function SessionCards({ sessions, choosing, onDelete }: ListProps) {
  return (
    <ul className="grid min-w-0">
      {sessions.map((session) => (
        <li key={session.id} className="grid min-w-0 gap-1 border-b border-line py-3 first:border-t">
          <div className="flex min-w-0 items-center gap-3">
            <Tick session={session} choosing={choosing} />
            <Name session={session} />
            <span className="ml-auto shrink-0">
              <StateLabel state={shownState(session)} />
            </span>
          </div>
          <p className="truncate text-sm text-soft">{origin(session)}</p>
          <div className="flex items-center gap-3 text-sm">
            <span className="flex min-w-0 flex-wrap gap-x-3 whitespace-nowrap">
              <BestLoss session={session} />
              <span className="mono">{length(session)}</span>
              <span className="mono text-soft">{moment(session.created_at)}</span>
            </span>
            <span className="ml-auto flex shrink-0">
              <Actions session={session} onDelete={onDelete} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Enter leads from any box on to the comparison. */
function Tick({ session, choosing }: { session: Session; choosing: Choosing }) {
  const { chosen, choose, isFull } = choosing;
  const go = useNavigate();
  const checked = chosen.includes(session.id);
  return (
    <input
      type="checkbox"
      aria-label={`Compare ${session.adapter_name}`}
      checked={checked}
      disabled={isFull && !checked}
      onChange={(event) => choose(session.id, event.target.checked)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && chosen.length > 0) go(comparePath(chosen));
      }}
      className="block size-4 shrink-0 accent-accent"
    />
  );
}

function Name({ session }: { session: Session }) {
  return (
    <Link
      to={`/training/${session.id}`}
      className="flex min-w-0 items-center gap-2 font-medium hover:underline"
    >
      <Dot colour={runColour(session.adapter_name)} />
      <span className="truncate" title={session.adapter_name}>
        {session.adapter_name}
      </span>
    </Link>
  );
}

function BestLoss({ session }: { session: Session }) {
  const { best_val_loss, best_iteration } = session;
  if (best_val_loss === null) return <span className="text-soft">none</span>;
  return (
    <span className="whitespace-nowrap">
      <Num short={figure(best_val_loss)} full={best_val_loss} />
      {best_iteration !== null && <span className="mono text-sm text-soft"> @{whole(best_iteration)}</span>}
    </span>
  );
}

function Actions({ session, onDelete }: { session: Session; onDelete: (session: Session) => void }) {
  const busy = !isAtRest(session);
  return (
    <>
      <ButtonLink
        look="quiet"
        to={`/setup?from=${encodeURIComponent(session.id)}`}
        aria-label={`Use the settings of ${session.adapter_name} again`}
        title="Use these settings again"
        className="w-9 px-0"
      >
        <RotateCcw aria-hidden />
      </ButtonLink>
      <IconButton
        label={
          busy ? `${session.adapter_name} waits or trains: stop it first` : `Delete ${session.adapter_name}`
        }
        disabled={busy}
        onClick={() => onDelete(session)}
      >
        <Trash2 aria-hidden />
      </IconButton>
    </>
  );
}

function origin({ model_name, data_name }: Session): string {
  return `${model_name} on ${data_name}`;
}

function length({ duration_seconds, iteration, iterations }: Session): string {
  if (duration_seconds !== null) return duration(duration_seconds);
  return iteration > 0 ? `at ${Math.round((100 * iteration) / iterations)}%` : "";
}

import { Columns2, RotateCcw } from "lucide-react";
import type { SessionDetail } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { figure, whole } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { GoOn } from "./GoOn";
import type { RunRecord } from "./runRecord";

interface OutcomeProps {
  session: SessionDetail;
  record: RunRecord;
}

/** How the run came to rest, in words, and what comes next. A failed run leads with its reason. */
export function Outcome({ session, record }: OutcomeProps) {
  if (session.state === "failed") return <Failed session={session} record={record} />;
  if (session.state === "paused") return <Paused session={session} />;
  return (
    <section aria-label="Result" className="flex flex-wrap items-center gap-x-4 gap-y-3 animate-appear">
      {session.adapter_exists && <CompareWithBase session={session} look="primary" />}
      <GoOn session={session} />
      <SettingsAgain session={session} />
      <p className="min-w-0 text-soft">
        {session.reason}
        {record.best && (
          <>
            {" "}
            Best validation loss <span className="mono text-ink">{figure(record.best.loss)}</span> at step{" "}
            <span className="mono text-ink">{whole(record.best.iteration)}</span>.
          </>
        )}
      </p>
    </section>
  );
}

/** It may have reported steps beyond the last one that is saved, after which the session stands. */
function Failed({ session, record }: OutcomeProps) {
  const reason = session.reason ?? "";
  const reached = Math.max(session.iteration, record.iteration);
  return (
    <Notice
      kind="error"
      title={reached > 0 ? `Failed after step ${whole(reached)}` : "Failed before the first step"}
      actions={
        <>
          <GoOn session={session} />
          <SettingsAgain session={session} />
          {session.adapter_exists && <CompareWithBase session={session} look="plain" />}
          <CopyButton text={report(session, reason)} label="Copy report" />
        </>
      }
    >
      <p>{reason}</p>
    </Notice>
  );
}

function Paused({ session }: { session: SessionDetail }) {
  const after = session.iteration;
  return (
    <section aria-label="Result" className="flex flex-wrap items-center gap-x-4 gap-y-3 animate-appear">
      <GoOn session={session} look="primary" />
      {session.adapter_exists && <CompareWithBase session={session} look="plain" />}
      <SettingsAgain session={session} />
      <p className="min-w-0 text-soft">
        {after > 0
          ? `Everything is saved as it was after step ${whole(after)}, and the memory is free.`
          : "It had no step yet, so it begins from the start."}{" "}
        Other runs go on meanwhile; continued, this one is next.
      </p>
    </section>
  );
}

function CompareWithBase({ session, look }: { session: SessionDetail; look: "plain" | "primary" }) {
  const search = new URLSearchParams({ base: session.config.model_path, adapter: session.adapter_name });
  return (
    <ButtonLink to={`/compare?${search}`} look={look}>
      <Columns2 aria-hidden />
      Compare with base
    </ButtonLink>
  );
}

function SettingsAgain({ session }: { session: SessionDetail }) {
  return (
    <ButtonLink to={`/setup?from=${encodeURIComponent(session.id)}`}>
      <RotateCcw aria-hidden />
      Change and run again
    </ButtonLink>
  );
}

function report(session: SessionDetail, reason: string): string {
  return `Session ${session.id} failed at step ${session.iteration} of ${session.iterations}\n${reason}\n\n${JSON.stringify(session.config, null, 2)}`;
}

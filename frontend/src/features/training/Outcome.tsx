import { Columns2, RotateCcw } from "lucide-react";
import type { SessionDetail } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { figure, whole } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import type { RunRecord } from "./runRecord";

/** How the run ended, in words, and what comes next. A failed run leads with its reason. */
export function Outcome({ session, record }: { session: SessionDetail; record: RunRecord }) {
  const reason = session.reason ?? record.finished?.reason ?? "";
  if (session.state === "failed") {
    return (
      <Notice
        kind="error"
        title={
          session.iteration > 0
            ? `Failed after step ${whole(session.iteration)}`
            : "Failed before the first step"
        }
        actions={
          <>
            <SettingsAgain session={session} />
            {session.adapter_exists && <CompareWithBase session={session} />}
            <CopyButton text={report(session, reason)} label="Copy report" />
          </>
        }
      >
        <p>{reason}</p>
      </Notice>
    );
  }
  return (
    <section aria-label="Result" className="flex flex-wrap items-center gap-x-4 gap-y-3 animate-appear">
      {session.adapter_exists && <CompareWithBase session={session} />}
      <SettingsAgain session={session} />
      <p className="min-w-0 text-soft">
        {reason}
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

function CompareWithBase({ session }: { session: SessionDetail }) {
  const search = new URLSearchParams({ base: session.config.model_path, adapter: session.adapter_name });
  return (
    <ButtonLink to={`/compare?${search}`} look={session.state === "failed" ? "plain" : "primary"}>
      <Columns2 aria-hidden />
      Compare with base
    </ButtonLink>
  );
}

function SettingsAgain({ session }: { session: SessionDetail }) {
  return (
    <ButtonLink to={`/setup?from=${encodeURIComponent(session.id)}`}>
      <RotateCcw aria-hidden />
      Use these settings again
    </ButtonLink>
  );
}

function report(session: SessionDetail, reason: string): string {
  return `Session ${session.id} failed at step ${session.iteration} of ${session.iterations}\n${reason}\n\n${JSON.stringify(session.config, null, 2)}`;
}

import { useEffect } from "react";
import { api, type SessionDetail, useApiDispatch } from "../../api";
import { hasEnded } from "../../api/session";
import { LossChart } from "../../charts/LossChart";
import { axisSpan } from "../../charts/lossPoints";
import { Notice } from "../../ui/Notice";
import { runColour } from "../../ui/runColour";
import { Figures } from "./Figures";
import { LogDrawer } from "./LogDrawer";
import { Outcome } from "./Outcome";
import { Queue } from "./Queue";
import type { RunRecord } from "./runRecord";
import { SettingsDrawer } from "./SettingsDrawer";
import { Strip } from "./Strip";
import { useRunLog } from "./useRunLog";

/** One run: where it stands, how the loss goes, and what can be done next. */
export function RunView({ session }: { session: SessionDetail }) {
  const { record, stage, version } = useRunLog(session.id);
  useFreshState(session.id, record);
  const colour = runColour(session.adapter_name);
  const ended = hasEnded(session) || record.finished !== null;
  const failed = session.state === "failed";
  return (
    <div className="grid grid-cols-1 gap-6">
      {failed && <Outcome session={session} record={record} />}
      <Strip session={session} record={record} colour={colour} />
      {ended && !failed && <Outcome session={session} record={record} />}
      {session.state === "queued" ? (
        <Waiting session={session} />
      ) : (
        <>
          <LossChart
            points={record.points}
            version={version}
            span={axisSpan(record.iteration, session.iterations, ended)}
            best={record.best}
            colour={colour}
          />
          <Figures record={record} config={session.config} ended={ended} loading={stage === "loading"} />
          {record.warnings.map((warning) => (
            <Notice key={warning} kind="warning">
              {warning}
            </Notice>
          ))}
        </>
      )}
      <Queue shownId={session.id} />
      <div>
        <LogDrawer key={String(failed)} sessionId={session.id} live={!ended} startOpen={failed} />
        <SettingsDrawer session={session} record={record} />
      </div>
    </div>
  );
}

/** What was just reported goes into the cached status; a start or an end makes all cached states stale. */
function useFreshState(sessionId: string, record: RunRecord) {
  const dispatch = useApiDispatch();
  useEffect(() => {
    dispatch(
      api.util.updateQueryData("getTrainingStatus", undefined, ({ running }) => {
        if (running?.id === sessionId) running.iteration = Math.max(running.iteration, record.iteration);
      }),
    );
  }, [dispatch, sessionId, record, record.iteration]);

  const stage = `${record.started?.seq} ${record.finished?.seq}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of stage that matters
  useEffect(() => {
    dispatch(api.util.invalidateTags(["training", "adapters"]));
  }, [stage, dispatch]);
}

function Waiting({ session }: { session: SessionDetail }) {
  const place = session.queue_position;
  return (
    <Notice title={place === 1 ? "Next in the queue" : `Number ${place} in the queue`}>
      <p className="text-soft">It starts by itself when the runs before it have ended.</p>
    </Notice>
  );
}

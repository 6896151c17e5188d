import { useEffect } from "react";
import { api, type SessionDetail, useApiDispatch } from "../../api";
import { hasEnded, isAtRest } from "../../api/session";
import { LossChart } from "../../charts/LossChart";
import { axisSpan } from "../../charts/lossPoints";
import { whole } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { runColour } from "../../ui/runColour";
import { Figures } from "./Figures";
import { LogDrawer } from "./LogDrawer";
import { Outcome } from "./Outcome";
import { Queue } from "./Queue";
import type { RunRecord } from "./runRecord";
import { SettingsDrawer } from "./SettingsDrawer";
import { Strip } from "./Strip";
import { Trainable } from "./Trainable";
import { useRunLog } from "./useRunLog";

/** One run: where it stands, how the loss goes, and what can be done next. */
export function RunView({ session }: { session: SessionDetail }) {
  const { record, stage, version } = useRunLog(session.id, session.last_seq);
  useFreshState(session.id, record);
  const colour = runColour(session.adapter_name);
  const atRest = isAtRest(session);
  const failed = session.state === "failed";
  const underWay = !atRest && session.state !== "queued";
  const hasCourse = underWay || session.iteration > 0 || record.points.iterations.length > 0;
  return (
    <div className="grid grid-cols-1 gap-6">
      {failed && <Outcome session={session} record={record} />}
      <Strip session={session} record={record} colour={colour} />
      {atRest && !failed && <Outcome session={session} record={record} />}
      {session.state === "queued" && <Waiting session={session} />}
      {hasCourse && (
        <>
          <LossChart
            points={record.points}
            version={version}
            span={axisSpan(record.iteration, session.iterations, hasEnded(session))}
            best={record.best}
            colour={colour}
          />
          <Figures
            record={record}
            config={session.config}
            ended={hasEnded(session)}
            loading={stage === "loading"}
          />
          {record.started && <Trainable started={record.started} />}
          {record.warnings.map((warning) => (
            <Notice key={warning} kind="warning">
              {warning}
            </Notice>
          ))}
        </>
      )}
      <Queue shownId={session.id} />
      <div>
        <LogDrawer key={String(failed)} sessionId={session.id} live={!atRest} startOpen={failed} />
        <SettingsDrawer session={session} record={record} />
      </div>
    </div>
  );
}

/** What was just reported goes into the cached status; a start, an end or a pause makes all cached states stale. */
function useFreshState(sessionId: string, record: RunRecord) {
  const dispatch = useApiDispatch();
  useEffect(() => {
    dispatch(
      api.util.updateQueryData("getTrainingStatus", undefined, ({ running }) => {
        if (running?.id === sessionId) running.iteration = Math.max(running.iteration, record.iteration);
      }),
    );
  }, [dispatch, sessionId, record, record.iteration]);

  const stage = `${record.started?.seq} ${record.rest?.seq}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of stage that matters
  useEffect(() => {
    dispatch(api.util.invalidateTags(["training", "adapters"]));
  }, [stage, dispatch]);
}

function Waiting({ session }: { session: SessionDetail }) {
  const place = session.queue_position;
  const goesOn = session.iteration > 0 ? `It goes on after step ${whole(session.iteration)}` : "It starts";
  return (
    <Notice title={place === null || place === 1 ? "Next in the queue" : `Number ${place} in the queue`}>
      <p className="text-soft">{goesOn} by itself when the runs before it have ended.</p>
    </Notice>
  );
}

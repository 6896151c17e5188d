import { useEffect, useMemo, useSyncExternalStore } from "react";
import { RunLog } from "./runLog";

/** The record of a run, growing; `version` changes once a frame at most, when something was added. */
export function useRunLog(sessionId: string, lastSeq: number) {
  const log = useMemo(() => new RunLog(sessionId), [sessionId]);
  useEffect(() => log.open(), [log]);
  useEffect(() => log.goOn(lastSeq), [log, lastSeq]);
  const version = useSyncExternalStore(log.subscribe, log.getVersion);
  return { record: log.record, stage: log.stage, version };
}

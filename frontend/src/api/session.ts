/** What several pages say about a session. */

import type { Session } from "./generated";

const endedStates = new Set<Session["state"]>(["completed", "stopped", "early_stopped", "failed"]);

export function hasEnded(session: Session): boolean {
  return endedStates.has(session.state);
}

/** Neither waits nor trains: nothing happens to it by itself. */
export function isAtRest(session: Session): boolean {
  return hasEnded(session) || session.state === "paused";
}

/** Whether a worker has ever been at it: until then its settings can be changed. */
export function hasBegun(session: Session): boolean {
  return session.started_at !== null || session.earlier_seconds > 0;
}

/** The state as it is shown: a run that was asked to stop or pause still saves for a moment. */
export function shownState(session: Session): Session["state"] | "stopping" | "pausing" {
  if (isAtRest(session)) return session.state;
  return session.stopping ? "stopping" : session.pausing ? "pausing" : session.state;
}

/** Seconds until the last step at the pace of this attempt; null until its first step was reported. */
export function secondsLeft(session: Session, now: number): number | null {
  const steps = session.iteration - session.resumed_after;
  if (session.started_at === null || steps <= 0) return null;
  return ((now - session.started_at) / steps) * (session.iterations - session.iteration);
}

/** What several pages say about a session. */

import type { Session } from "./generated";

const endedStates = new Set<Session["state"]>(["completed", "stopped", "early_stopped", "failed"]);

export function hasEnded(session: Session): boolean {
  return endedStates.has(session.state);
}

/** The state as it is shown: a run that was asked to stop still saves for a moment. */
export function shownState(session: Session): Session["state"] | "stopping" {
  return session.stopping && !hasEnded(session) ? "stopping" : session.state;
}

/** Seconds until the last step at the pace so far; null until a first step was reported. */
export function secondsLeft(session: Session, now: number): number | null {
  if (session.started_at === null || session.iteration === 0) return null;
  return ((now - session.started_at) / session.iteration) * (session.iterations - session.iteration);
}

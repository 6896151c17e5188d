/** What several pages say about a job. */

import type { Job, JobEvent } from "./generated";

const endedStates = new Set<Job["state"]>(["completed", "cancelled", "failed"]);

export function jobHasEnded(job: Job): boolean {
  return endedStates.has(job.state);
}

/** The state as it is shown: a job that was asked to end takes a moment. */
export function shownJobState(job: Job): Job["state"] | "cancelling" {
  return job.cancelling && !jobHasEnded(job) ? "cancelling" : job.state;
}

/** Applies an event to a job, as the server's own fold does. */
export function applyJobEvent(job: Job, event: JobEvent) {
  if (event.seq <= job.last_seq) return;
  job.last_seq = event.seq;
  switch (event.type) {
    case "queued":
      Object.assign(job, { state: "queued", message: event.reason, seconds_left: null, started_at: null });
      Object.assign(job, { reason: null, finished_at: null });
      break;
    case "spawned":
      Object.assign(job, { state: "running", started_at: event.time, message: null });
      break;
    case "progress": {
      const { done, total, unit, message, seconds_left } = event;
      Object.assign(job, { done, total, unit, message, seconds_left });
      break;
    }
    case "paused":
      Object.assign(job, { state: "paused", message: null, seconds_left: null, started_at: null });
      break;
    case "finished":
      Object.assign(job, { state: event.outcome, reason: event.reason, finished_at: event.time });
      Object.assign(job, { message: null, seconds_left: null, cancelling: false });
      break;
  }
}

/** A run's course as it was read, and how events that come later carry it on. Knows no network. */

import type { Course, ListSessionEventsApiResponse } from "../../../api";

export type RunEvent = ListSessionEventsApiResponse[number];

/** Beyond so many points that came live, the whole is read anew, thinned. */
const mostLivePoints = 4000;

/** Adds one event in place. False where only reading anew helps: a run went back, or has grown too long. */
export function append(course: Course, event: RunEvent): boolean {
  if (event.seq <= course.last_seq) return true;
  if (event.type === "resumed") return false;
  course.last_seq = event.seq;
  course.at_rest = event.type === "finished" || event.type === "paused";
  switch (event.type) {
    case "spawned":
      course.attempts.push({ began_at: event.time, ended_at: null });
      break;
    case "started":
      course.started = event;
      break;
    case "train":
      addReport(course, event);
      return course.train.losses.length <= 2 * mostLivePoints;
    case "validation":
      course.validation.iterations.push(event.iteration);
      course.validation.losses.push(event.val_loss);
      course.validation.times.push(event.time);
      break;
    case "best":
      course.best = { iteration: event.iteration, loss: event.val_loss };
      break;
    case "paused":
    case "finished": {
      const latest = course.attempts.at(-1);
      if (latest) latest.ended_at ??= event.time;
      break;
    }
  }
  return true;
}

function addReport(course: Course, event: Extract<RunEvent, { type: "train" }>) {
  const { iterations, losses, means, tokens, times } = course.train;
  course.tokens_per_second = speedWith(course, event);
  course.peak_memory_gb = Math.max(course.peak_memory_gb ?? 0, event.peak_memory_gb);
  course.reports++;
  iterations.push(event.iteration);
  losses.push(event.train_loss);
  means.push(event.train_loss);
  tokens.push(event.trained_tokens);
  times.push(event.time);
}

/** The speed of all steps: the seconds that they took so far and those of this report. */
function speedWith(course: Course, event: Extract<RunEvent, { type: "train" }>): number | null {
  const before = course.train.tokens.at(-1) ?? 0;
  if (event.tokens_per_second <= 0) return course.tokens_per_second;
  const secondsBefore = course.tokens_per_second ? before / course.tokens_per_second : 0;
  const seconds = secondsBefore + (event.trained_tokens - before) / event.tokens_per_second;
  return seconds > 0 ? event.trained_tokens / seconds : null;
}

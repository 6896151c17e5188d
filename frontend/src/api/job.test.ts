import { expect, test } from "vitest";
import type { Job, JobEvent } from "./generated";
import { applyJobEvent, jobHasEnded, shownJobState } from "./job";

const fresh: Job = {
  id: "1",
  kind: "evaluation",
  title: "tiny on rows",
  state: "queued",
  created_at: 1,
  started_at: null,
  finished_at: null,
  done: 0,
  total: null,
  unit: null,
  message: null,
  seconds_left: null,
  reason: null,
  cancelling: false,
  can_pause: false,
  can_resume: false,
  last_seq: 1,
};
const progress = (seq: number, done: number): JobEvent => ({
  type: "progress",
  seq,
  time: seq,
  done,
  total: 9,
  unit: "tokens",
  message: "Measuring",
  seconds_left: 4,
});

test("a job follows its events to the end", () => {
  const job = { ...fresh };
  applyJobEvent(job, { type: "spawned", seq: 2, time: 2, pid: 7, process_started: 2 });
  applyJobEvent(job, progress(3, 4));
  expect(job).toMatchObject({
    state: "running",
    started_at: 2,
    done: 4,
    total: 9,
    seconds_left: 4,
    last_seq: 3,
  });
  job.cancelling = true;
  expect(shownJobState(job)).toBe("cancelling");
  applyJobEvent(job, {
    type: "finished",
    seq: 4,
    time: 5,
    outcome: "cancelled",
    reason: "Cancelled on request.",
  });
  expect(job).toMatchObject({ state: "cancelled", finished_at: 5, message: null, seconds_left: null });
  expect([jobHasEnded(job), shownJobState(job)]).toEqual([true, "cancelled"]);
});

test("an event that is known already changes nothing, and a job put aside waits again", () => {
  const job = { ...fresh, last_seq: 3, done: 4 };
  applyJobEvent(job, progress(3, 2));
  expect(job.done).toBe(4);
  applyJobEvent(job, { type: "queued", seq: 4, time: 4, reason: "A run trains." });
  expect(job).toMatchObject({ state: "queued", message: "A run trains.", started_at: null, done: 4 });
});

test("a job that is paused or fails forgets how it rested when it is resumed", () => {
  const job = { ...fresh };
  applyJobEvent(job, { type: "spawned", seq: 2, time: 2, pid: 7, process_started: 2 });
  applyJobEvent(job, progress(3, 4));
  applyJobEvent(job, { type: "paused", seq: 4, time: 4 });
  expect(job).toMatchObject({
    state: "paused",
    done: 4,
    message: null,
    seconds_left: null,
    started_at: null,
  });
  expect(jobHasEnded(job)).toBe(false);
  applyJobEvent(job, { type: "queued", seq: 5, time: 5, reason: null });
  applyJobEvent(job, { type: "finished", seq: 6, time: 6, outcome: "failed", reason: "No connection." });
  expect(job).toMatchObject({ state: "failed", reason: "No connection.", finished_at: 6 });
  applyJobEvent(job, { type: "queued", seq: 7, time: 7, reason: null });
  expect(job).toMatchObject({ state: "queued", reason: null, finished_at: null, done: 4 });
});

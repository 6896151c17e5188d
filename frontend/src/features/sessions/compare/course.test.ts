import { expect, test } from "vitest";
import type { Course } from "../../../api";
import { aligned } from "./align";
import { append, type RunEvent } from "./course";
import { fadingSteps, smoothed, suitable } from "./smooth";

const emptyCourse = (): Course => ({
  last_seq: 1,
  at_rest: false,
  attempts: [],
  train: { iterations: [], losses: [], means: [], tokens: [], times: [] },
  validation: { iterations: [], losses: [], times: [] },
  best: null,
  reports: 0,
  started: null,
  tokens_per_second: null,
  peak_memory_gb: null,
  unreadable_lines: 0,
});

const train = (seq: number, time: number, iteration: number, tokens_per_second = 100): RunEvent => ({
  seq,
  time,
  type: "train",
  iteration,
  train_loss: 10 / iteration,
  learning_rate: 1e-4,
  iterations_per_second: 1,
  tokens_per_second,
  trained_tokens: iteration * 50,
  peak_memory_gb: iteration / 10,
  grad_norm: 1,
});
const validation = (seq: number, time: number, iteration: number): RunEvent => ({
  seq,
  time,
  type: "validation",
  iteration,
  val_loss: 5 / (iteration + 1),
  seconds: 1,
});
const spawned = (seq: number, time: number): RunEvent => ({
  seq,
  time,
  type: "spawned",
  pid: 1,
  process_started: 0,
});

/** Begun at 100, paused at 130, gone on at 1000. */
function pausedRun(): Course {
  const course = emptyCourse();
  const events: RunEvent[] = [
    spawned(2, 100),
    validation(3, 105, 0),
    train(4, 110, 2),
    train(5, 120, 4),
    validation(6, 125, 4),
    { seq: 7, time: 125, type: "best", iteration: 4, val_loss: 1 },
    { seq: 8, time: 130, type: "paused", iteration: 4 },
  ];
  for (const event of events) append(course, event);
  course.attempts.push({ began_at: 1000, ended_at: null });
  for (const event of [validation(9, 1005, 5), train(10, 1010, 6)]) append(course, event);
  return course;
}

test("by steps, every point stands at its step", () => {
  expect(aligned(pausedRun(), "step")).toEqual({ train: [2, 4, 6], validation: [0, 4, 5], best: 4 });
});

test("by tokens, a validation stands where its neighbours say that it was", () => {
  expect(aligned(pausedRun(), "tokens")).toEqual({
    train: [100, 200, 300],
    validation: [0, 200, 250],
    best: 200,
  });
});

test("by tokens, a validation before the next report stands where the pace so far leads", () => {
  const course = pausedRun();
  append(course, validation(11, 1015, 8));
  expect(aligned(course, "tokens").validation.at(-1)).toBe(400);
});

test("by time, only the seconds that workers took are counted, over a pause too", () => {
  expect(aligned(pausedRun(), "time")).toEqual({ train: [10, 20, 40], validation: [5, 25, 35], best: 25 });
});

test("a run without points has none on any axis", () => {
  for (const axis of ["step", "tokens", "time"] as const)
    expect(aligned(emptyCourse(), axis)).toEqual({ train: [], validation: [], best: null });
  const validatedOnly = emptyCourse();
  append(validatedOnly, validation(2, 1, 0));
  expect(aligned(validatedOnly, "tokens").validation).toEqual([0]);
});

test("an event that comes twice changes nothing, and a run that goes back is read anew", () => {
  const course = pausedRun();
  expect(append(course, train(10, 1010, 6))).toBe(true);
  expect(course).toEqual(pausedRun());
  expect(append(course, { seq: 11, time: 1020, type: "resumed", iteration: 4, iterations: 9 })).toBe(false);
});

test("a live run that has grown too long to be drawn is read anew", () => {
  const course = emptyCourse();
  const taken = Array.from({ length: 8001 }, (_, index) => append(course, train(index + 2, 1, index + 1)));
  expect(taken.indexOf(false)).toBe(8000);
});

test("the figures of the outcome go on with the run", () => {
  const course = emptyCourse();
  append(course, spawned(2, 0));
  append(course, train(3, 1, 2, 100));
  append(course, train(4, 2, 4, 50));
  expect(course.tokens_per_second).toBeCloseTo(200 / (100 / 100 + 100 / 50));
  expect(course.peak_memory_gb).toBe(0.4);
  append(course, { seq: 5, time: 9, type: "finished", outcome: "stopped", reason: "", iteration: 4 });
  expect(course).toMatchObject({ at_rest: true, attempts: [{ began_at: 0, ended_at: 9 }] });
});

test("smoothing is over steps: reporting twice as often changes little", () => {
  const line = (every: number) => {
    const iterations = Array.from({ length: 400 / every }, (_, index) => (index + 1) * every);
    const losses = iterations.map((step) => 2 + Math.exp(-step / 80));
    return { iterations, losses, means: losses, tokens: [], times: [] };
  };
  const often = smoothed(line(2), 20);
  const seldom = smoothed(line(4), 20);
  expect(Math.abs((often.at(-1) ?? 0) - (seldom.at(-1) ?? 0))).toBeLessThan(0.001);
  expect(often[0]).toBeCloseTo(line(2).losses[0] ?? 0, 1);
});

test("a first report that is far off does not set the height of a smoothed chart", () => {
  const iterations = Array.from({ length: 400 }, (_, index) => index + 1);
  const losses = iterations.map((step) => (step === 1 ? 50 : 2));
  const line = smoothed({ iterations, losses, means: losses, tokens: [], times: [] }, 100);
  expect(Math.max(...line)).toBeLessThan(5);
  expect(line).toHaveLength(400);
});

test("smoothing takes what was left out into account, by its mean", () => {
  const thinned = { iterations: [1, 100], losses: [4, 9], means: [4, 2], tokens: [], times: [] };
  expect(smoothed(thinned, 10).at(-1)).toBeCloseTo(2, 3);
  expect(smoothed(thinned, 0)).toBe(thinned.losses);
});

test("where the reports are more than the points, their mean is drawn unless something else is chosen", () => {
  expect(suitable([pausedRun()])).toBe("none");
  expect(suitable([pausedRun(), { ...pausedRun(), reports: 100_000 }])).toBe("light");
});

test("how much is smoothed depends on the longest run", () => {
  expect(fadingSteps("none", 10_000)).toBe(0);
  expect(fadingSteps("light", 10_000)).toBe(100);
  expect(fadingSteps("strong", 10_000)).toBe(500);
  expect(fadingSteps("strong", 8)).toBe(5);
});

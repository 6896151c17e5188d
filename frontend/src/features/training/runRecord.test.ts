import { expect, test } from "vitest";
import { apply, newRecord, type RunEvent } from "./runRecord";

const train = (seq: number, iteration: number, train_loss: number): RunEvent => ({
  seq,
  time: seq,
  type: "train",
  iteration,
  train_loss,
  learning_rate: 1e-4,
  iterations_per_second: 2,
  tokens_per_second: 500,
  trained_tokens: iteration * 100,
  peak_memory_gb: 0.5,
  grad_norm: 1.5,
});
const validation = (seq: number, iteration: number, val_loss: number): RunEvent => ({
  seq,
  time: seq,
  type: "validation",
  iteration,
  val_loss,
  seconds: 1,
});
const best = (seq: number, iteration: number, val_loss: number): RunEvent => ({
  seq,
  time: seq,
  type: "best",
  iteration,
  val_loss,
});

const run: RunEvent[] = [
  {
    seq: 1,
    time: 1,
    type: "queued",
    adapter_name: "voice",
    model_name: "tiny",
    data_name: "rows",
    iterations: 20,
  },
  validation(2, 0, 3),
  best(3, 0, 3),
  train(4, 5, 2.5),
  train(5, 10, 2),
  validation(6, 10, 2.25),
  best(7, 10, 2.25),
  { seq: 8, time: 8, type: "warning", message: "12 rows were cut." },
  train(9, 15, 1.5),
  validation(10, 20, 2.5),
  { seq: 11, time: 11, type: "checkpoint", iteration: 20, file: "0000020_adapters.safetensors" },
  {
    seq: 12,
    time: 12,
    type: "finished",
    outcome: "completed",
    reason: "All 20 steps are done.",
    iteration: 20,
  },
];

test("events add up to points, figures, the best step and the patience used", () => {
  const record = newRecord();
  for (const event of run) apply(record, event);
  expect(record).toEqual({
    lastSeq: 12,
    iteration: 20,
    points: {
      iterations: [0, 5, 10, 15, 20],
      train: [null, 2.5, 2, 1.5, null],
      validation: [3, null, 2.25, null, 2.5],
    },
    reports: [run[3], run[4], run[8]],
    best: { iteration: 10, loss: 2.25 },
    validationsSinceBest: 1,
    warnings: ["12 rows were cut."],
    checkpoints: [20],
    started: null,
    rest: run.at(-1),
    improvements: [
      { iteration: 0, loss: 3 },
      { iteration: 10, loss: 2.25 },
    ],
  });
});

test("events that come twice are drawn once", () => {
  const once = newRecord();
  const twice = newRecord();
  for (const event of run) apply(once, event);
  for (const event of [...run.slice(0, 6), ...run.slice(3), ...run]) apply(twice, event);
  expect(twice).toEqual(once);
});

test("a run that goes on drops what it had reported after that step, and its chart is drawn anew from there", () => {
  const straight = newRecord();
  for (const event of [...run.slice(0, 4), train(5, 10, 9), validation(6, 10, 9)]) apply(straight, event);
  const resumed = newRecord();
  const again: RunEvent[] = [
    { seq: 13, time: 13, type: "resumed", iteration: 5, iterations: 40 },
    { seq: 14, time: 14, type: "warning", message: "12 rows were cut." },
    train(15, 10, 9),
    validation(16, 10, 9),
  ];
  for (const event of run) apply(resumed, event);
  apply(resumed, again[0] as RunEvent);
  expect(resumed).toMatchObject({ iteration: 5, rest: null, validationsSinceBest: 0, checkpoints: [] });
  for (const event of again) apply(resumed, event);
  expect(resumed.points).toEqual(straight.points);
  expect(resumed.reports.map(({ iteration }) => iteration)).toEqual([5, 10]);
  expect(resumed).toMatchObject({
    best: straight.best,
    validationsSinceBest: straight.validationsSinceBest,
    warnings: ["12 rows were cut."],
  });
});

test("patience is counted on over a pause, and from nothing after a run that it had ended", () => {
  const patienceAfter = (rest: RunEvent) => {
    const record = newRecord();
    for (const event of run.slice(0, 11)) apply(record, event);
    apply(record, rest);
    apply(record, { seq: 13, time: 13, type: "resumed", iteration: 20, iterations: 40 });
    return record.validationsSinceBest;
  };
  expect(patienceAfter({ seq: 12, time: 12, type: "paused", iteration: 20 })).toBe(1);
  const early = { seq: 12, time: 12, type: "finished", outcome: "early_stopped", reason: "" } as const;
  expect(patienceAfter({ ...early, iteration: 20 })).toBe(0);
});

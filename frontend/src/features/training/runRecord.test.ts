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
    series: {
      trainLoss: [2.5, 2, 1.5],
      learningRate: [1e-4, 1e-4, 1e-4],
      gradientNorm: [1.5, 1.5, 1.5],
      tokensPerSecond: [500, 500, 500],
      peakMemoryGb: [0.5, 0.5, 0.5],
    },
    trainedTokens: 1500,
    best: { iteration: 10, loss: 2.25 },
    validationsSinceBest: 1,
    warnings: ["12 rows were cut."],
    checkpoints: [20],
    started: null,
    finished: run.at(-1),
  });
});

test("events that come twice are drawn once", () => {
  const once = newRecord();
  const twice = newRecord();
  for (const event of run) apply(once, event);
  for (const event of [...run.slice(0, 6), ...run.slice(3), ...run]) apply(twice, event);
  expect(twice).toEqual(once);
});

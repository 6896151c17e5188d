import { expect, test } from "vitest";
import type { PreflightResult, TrainingConfig } from "../../api";
import { bestRemedy, changedSince, onLine, takenRemedy } from "./measurement";

const config: TrainingConfig = { model_path: "tiny", train_data_path: "rows", batch_size: 8, lora_rank: 8 };
const band = (likely: number) => ({ likely, low: likely - 1, high: likely + 1 });
const remedy = (changes: Partial<TrainingConfig>, fits: boolean) => ({
  changes,
  words: "",
  peak_memory_bytes: band(9),
  fits,
});
const halved = { batch_size: 4, grad_accumulation_steps: 2 };
const result: PreflightResult = {
  fits: false,
  verdict: "It does not fit.",
  peak_memory_bytes: band(20),
  duration_seconds: band(60),
  memory_limit_bytes: 16,
  measured: [],
  remedies: [remedy({ grad_checkpoint: true }, false), remedy({ grad_checkpoint: true, ...halved }, true)],
};
const measured = { config, result };

test("a measurement is out of date when something changed that memory or time follows from, and only then", () => {
  expect(changedSince(measured, { ...config })).toEqual([]);
  expect(
    changedSince(measured, {
      ...config,
      learning_rate: 1,
      adapter_name: "x",
      seed: 3,
      lora_alpha: 1,
      patience: 9,
    }),
  ).toEqual([]);
  expect(changedSince(measured, { ...config, lora_rank: 16, max_seq_length: 64 })).toEqual([
    "max_seq_length",
    "lora_rank",
  ]);
  expect(changedSince(measured, { ...config, rank_pattern: { attention: 4 } })).toEqual(["rank_pattern"]);
});

test("the change that fits is offered, else the last one that helps", () => {
  expect(bestRemedy(result.remedies)?.changes).toEqual({ grad_checkpoint: true, ...halved });
  expect(bestRemedy(result.remedies.slice(0, 1))?.changes).toEqual({
    grad_checkpoint: true,
  });
  expect(bestRemedy([])).toBeUndefined();
});

test("a change that was taken is known again, until something else changes", () => {
  const taken = { ...config, grad_checkpoint: true, ...halved };
  expect(takenRemedy(measured, taken)).toBe(result.remedies[1]);
  expect(takenRemedy(measured, { ...taken, lora_rank: 9 })).toBeUndefined();
  expect(takenRemedy(measured, config)).toBeUndefined();
});

test("the line is as long as the memory, or as the band where that is longer", () => {
  expect(onLine({ likely: 4, low: 3, high: 8 }, 16)).toEqual({ likely: 0.25, high: 0.5, limit: 1 });
  expect(onLine({ likely: 20, low: 18, high: 40 }, 10)).toEqual({ likely: 0.5, high: 1, limit: 0.25 });
});

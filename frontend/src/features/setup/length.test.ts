import { expect, test } from "vitest";
import type { DataStatistics } from "../../api";
import { epochsTyped, lengthInWords, readEpochs, stepsOf } from "./length";

const of = (iterations_per_epoch: number) => ({ iterations_per_epoch }) as DataStatistics;

test("epochs become steps, the last one begun, and steps become epochs", () => {
  expect(stepsOf(2, of(55))).toBe(110);
  expect(stepsOf(2.5, of(27.5))).toBe(69);
  expect(stepsOf(0.001, of(55))).toBe(1);
  expect(epochsTyped(110, of(55))).toBe("2");
  expect(epochsTyped(150, of(55))).toBe("2.73");
  expect(epochsTyped(1, of(5000))).toBe("0.0002");
});

test("epochs are a number above 0", () => {
  expect(["2", " 0.5 ", "", "0", "-1", "two", "1e999"].map(readEpochs)).toEqual([
    2,
    0.5,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("a length is told in steps, epochs and tokens, roughly where only a sample was counted", () => {
  expect(lengthInWords(300, 2, 184_000, false).join("")).toBe("= 300 steps, 2.0 epochs, 184 k tokens");
  expect(lengthInWords(1, 0.003, 52, true).join("")).toBe("= 1 step, about 0.003 epochs, about 52 tokens");
  expect(lengthInWords(55, 1, 900, false)[1]).toBe("1.0 epoch, ");
});

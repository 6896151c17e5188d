import { expect, test } from "vitest";
import type { ConversionResult } from "../../../api";
import { costOf } from "./cost";

const measured = (difference: ConversionResult["difference"]) =>
  ({ measured_on: "the general text", difference }) as ConversionResult;
const rising = (mean: number) => costOf(measured({ mean, low: mean / 2, high: mean * 1.5 }));

test.each([
  [0.004, "Next to nothing was lost: perplexity rose by 0.401% on the general text.", false],
  [0.03, "A small loss: perplexity rose by 3.05% on the general text.", false],
  [0.1, "A clear loss: perplexity rose by 10.5% on the general text.", true],
  [0.7, "A heavy loss: perplexity rose by 101.4% on the general text.", true],
])("a loss a token that is higher by %s is said as: %s", (mean, words, warns) => {
  expect(rising(mean)).toMatchObject({ words, warns });
});

test("a difference whose interval holds zero is none, and one below zero no loss", () => {
  expect(costOf(measured({ mean: 0.03, low: -0.01, high: 0.07 }))?.words).toBe(
    "No clear difference on the general text.",
  );
  expect(costOf(measured({ mean: -0.02, low: -0.03, high: -0.01 }))?.words).toMatch(/^Nothing was lost/);
  expect(costOf(measured({ mean: 0, low: 0, high: 0 }))?.words).toMatch(/^Nothing was lost/);
  expect(costOf(measured(null))).toBeNull();
});

import { expect, test } from "vitest";
import { addLoss, axisSpan, dropAfter, noPoints, readAt, summary, tableRows } from "./lossPoints";
import { sparkPath } from "./Sparkline";

function twoLines() {
  const points = noPoints();
  addLoss(points, "validation", 0, 3);
  addLoss(points, "train", 5, 2.5);
  addLoss(points, "train", 10, 2);
  addLoss(points, "validation", 10, 2.25);
  return points;
}

test("the two lines share their iterations, with no point where none was reported", () => {
  expect(twoLines()).toEqual({
    iterations: [0, 5, 10],
    train: [null, 2.5, 2],
    validation: [3, null, 2.25],
  });
});

test("what lies after a step can be taken away, on both lines", () => {
  const points = twoLines();
  dropAfter(points, 9);
  expect(points).toEqual({ iterations: [0, 5], train: [null, 2.5], validation: [3, null] });
});

test("under the pointer stands what was last known of each line", () => {
  expect(readAt(twoLines(), 1)).toEqual({ iteration: 5, train: 2.5, validation: 3 });
});

test("the chart is told in one sentence", () => {
  expect(summary(noPoints(), null)).toBe("Loss chart, no points yet.");
  expect(summary(twoLines(), { iteration: 10, loss: 2.25 })).toBe(
    "Loss chart up to step 10, train loss 2.00, validation loss 2.25, best validation loss 2.25 at step 10.",
  );
});

test("a table of 100,000 steps keeps every validation and stays readable", () => {
  const points = noPoints();
  for (let step = 1; step <= 100_000; step++) {
    addLoss(points, "train", step, 1);
    if (step % 1001 === 0) addLoss(points, "validation", step, 1);
  }
  const rows = tableRows(points);
  expect(rows.filter(({ validation }) => validation !== null)).toHaveLength(99);
  expect(rows.length).toBeLessThan(310);
});

test("the axis doubles while a run goes on, and ends where the run ended", () => {
  expect(axisSpan(0, 7329, false)).toBeLessThan(60);
  expect(axisSpan(186, 300, false)).toBe(300);
  expect(axisSpan(100, 400, false)).toBe(200);
  expect(axisSpan(8, 8, false)).toBe(8);
  expect(axisSpan(600, 7329, true)).toBe(600);
  expect(axisSpan(0, 100, true)).toBe(1);
});

test("a sparkline spans its box, a flat one lies in the middle, and NaN leaves it whole", () => {
  expect(sparkPath([1, 3, 2], 10, 12)).toBe("M0.0 11.0L5.0 1.0L10.0 6.0");
  expect(sparkPath([2, 2], 10, 12)).toBe("M0.0 6.0L10.0 6.0");
  expect(sparkPath([1, Number.NaN, 2], 10, 12)).toBe("M0.0 11.0L10.0 1.0");
  expect(sparkPath([1], 10, 12)).toBe("");
  expect(sparkPath(Array(5000).fill(1), 96, 22).split("L")).toHaveLength(96);
});

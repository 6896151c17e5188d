import { expect, test } from "vitest";
import { axisKinds, elapsed } from "./axes";
import { apart, endOf, joined, type OverlayRun, validationRows, valueAt } from "./overlay";

const run = (number: number, validation: OverlayRun["validation"]): OverlayRun => ({
  number,
  colour: "",
  isDense: false,
  train: { x: [1, 2, 3], loss: [3, 2, 1] },
  validation,
  best: null,
});

test("lines share their places, and have no point where they reported none", () => {
  const lines = [
    { x: [0, 10], loss: [3, 1] },
    { x: [5, 10], loss: [2.5, 2] },
    { x: [], loss: [] },
  ];
  expect(joined(lines)).toEqual({
    x: [0, 5, 10],
    columns: [
      [3, null, 1],
      [null, 2.5, 2],
      [null, null, null],
    ],
  });
});

test("under the pointer stands what a run had last reported, and nothing before its start or behind its end", () => {
  const line = { x: [2, 4, 6], loss: [3, 2, 1] };
  expect([0, 2, 3.9, 4, 8, 8.1].map((place) => valueAt(line, place, 8))).toEqual([null, 3, 3, 2, 1, null]);
});

test("a run ends where its later line ends", () => {
  expect(endOf(run(1, { x: [0, 5], loss: [3, 1] }))).toBe(5);
  expect(endOf(run(1, { x: [], loss: [] }))).toBe(3);
});

test("labels at one place are moved apart evenly and stay above the axis, those elsewhere stay", () => {
  const places = [
    { x: 100, y: 50 },
    { x: 100, y: 54 },
    { x: 40, y: 52 },
    { x: 101, y: 90 },
  ];
  const heights = (bottom: number) => apart(places, 20, 14, bottom).map(({ y }) => Math.round(y));
  expect(heights(500)).toEqual([45, 59, 52, 90]);
  expect(heights(56)).toEqual([28, 42, 52, 56]);
});

test("the table has every validation of every run, and of very many no more than it can bear", () => {
  const runs = [run(1, { x: [0, 4], loss: [3, 1] }), run(2, { x: [0, 2], loss: [4, 2] })];
  expect(validationRows(runs)).toEqual([
    { x: 0, losses: [3, 4] },
    { x: 2, losses: [null, 2] },
    { x: 4, losses: [1, null] },
  ]);
  const x = Array.from({ length: 4000 }, (_, index) => index);
  expect(validationRows([run(1, { x, loss: x })])).toHaveLength(200);
});

test("time on an axis has no parts that are nothing", () => {
  expect([0, 0.5, 30, 60, 90, 300, 5400, 7200, 90_000].map(elapsed)).toEqual([
    "0 s",
    "0.5 s",
    "30 s",
    "1 min",
    "1 min 30 s",
    "5 min",
    "1 h 30 min",
    "2 h",
    "1 d 1 h",
  ]);
});

test("tokens on an axis are round", () => {
  expect([0, 500, 20_000, 1_500_000, 2e9].map(axisKinds.tokens.write)).toEqual([
    "0",
    "500",
    "20 k",
    "1.5 M",
    "2 B",
  ]);
});

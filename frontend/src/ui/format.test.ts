import { expect, test } from "vitest";
import {
  about,
  bytes,
  count,
  duration,
  figure,
  gigabytes,
  moment,
  percent,
  plural,
  rate,
  tick,
} from "./format";

test("a figure keeps three digits and is never rounded to nothing", () => {
  expect([0.0003, 0.01234, 11.9, 187.25, 4321.7, 0, Number.NaN].map(figure)).toEqual([
    "3.00e-4",
    "0.0123",
    "11.9",
    "187",
    "4,322",
    "0",
    "NaN",
  ]);
});

test("a learning rate is written as people write it", () => {
  expect([1e-4, 0.00025, 1e-3, 0.01, 0].map(rate)).toEqual(["1e-4", "2.5e-4", "1e-3", "0.01", "0"]);
});

test("parameters are counted in k, M and B", () => {
  expect([2163, 434_176, 999_885, 17_596_416, 494_032_768, 999_885_952, 1_660_000_000].map(count)).toEqual([
    "2,163",
    "434 k",
    "1.00 M",
    "17.6 M",
    "494 M",
    "1.00 B",
    "1.66 B",
  ]);
});

test("percentages, sizes and memory carry their unit", () => {
  expect([3.5618, 22.04, 100, 0].map(percent)).toEqual(["3.56%", "22.0%", "100%", "0%"]);
  expect([400, 4_069_325, 9.99e6, 412e6, 999.9e6, 2.5e9].map(bytes)).toEqual([
    "1 kB",
    "4.1 MB",
    "10 MB",
    "412 MB",
    "1.0 GB",
    "2.5 GB",
  ]);
  expect([0.042, 8.21, 23.54].map(gigabytes)).toEqual(["42 MB", "8.2 GB", "23.5 GB"]);
});

test("a duration is measured, a forecast is about", () => {
  expect([0.217, 8.123, 45.4, 61, 3725, 200_000].map(duration)).toEqual([
    "217 ms",
    "8.12 s",
    "45 s",
    "1 min 01 s",
    "1 h 02 min",
    "2 d 8 h",
  ]);
  expect([2, 33, 200, 9000].map(about)).toEqual(["about 5 s", "about 35 s", "about 3 min", "about 2.5 h"]);
});

test("a moment names its day only where it is not today", () => {
  const now = new Date(2026, 10, 20, 15, 0);
  const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime() / 1000;
  expect(moment(at(2026, 10, 20, 9, 5), now)).toBe("today 09:05");
  expect(moment(at(2026, 10, 3, 9, 5), now)).toBe("3 Nov 09:05");
  expect(moment(at(2025, 10, 3, 9, 5), now)).toBe("3 Nov 2025 09:05");
});

test("one is not many", () => {
  expect([plural(1, "session"), plural(2, "session"), plural(0, "entry", "entries")]).toEqual([
    "1 session",
    "2 sessions",
    "0 entries",
  ]);
});

test("an axis shows no more digits than it needs", () => {
  expect([0, 0.5, 1, 2.5, 1500, 0.00025].map(tick)).toEqual(["0", "0.5", "1", "2.5", "1,500", "2.5e-4"]);
});

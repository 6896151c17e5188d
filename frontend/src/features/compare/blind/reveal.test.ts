import { expect, test } from "vitest";
import { planReveal, shownAt } from "./reveal";

test("every tick adds the same number of characters to every answer, until the longest stands there", () => {
  const texts = ["short", "a".repeat(1000), "", "x".repeat(501)];
  const reveal = planReveal(texts);
  for (let tick = 0; tick <= reveal.ticks; tick++) {
    const lengths = shownAt(reveal, tick).map(({ length }) => length);
    expect(lengths).toEqual(texts.map(({ length }) => Math.min(length, tick * reveal.pace)));
  }
  expect(shownAt(reveal, reveal.ticks)).toEqual(texts);
  expect(shownAt(reveal, reveal.ticks - 1)).not.toEqual(texts);
});

test("the longest answer takes at most a hundred ticks, and characters outside the basic plane stay whole", () => {
  expect(planReveal(["y".repeat(100_000)]).ticks).toBe(100);
  expect(planReveal(["", ""]).ticks).toBe(0);
  const reveal = planReveal(["🌊".repeat(10)]);
  expect(shownAt(reveal, 1)).toEqual(["🌊".repeat(reveal.pace)]);
});

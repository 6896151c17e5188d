import { expect, test } from "vitest";
import { showWhitespace } from "./whitespace";

test.each([
  [" the", "·the"],
  ["New York", "New York"],
  ["   ", "···"],
  ["\n  ", "↵\n··"],
  ["a  b", "a··b"],
  ["\tx\n", "⇥x↵\n"],
  ["\r\n\n", "⇤↵\n↵\n"],
  ["مرحبا ", "مرحبا·"],
  ["👩‍👩‍👧", "👩‍👩‍👧"],
  ["", ""],
])("%j is shown as %j", (text, shown) => {
  expect(showWhitespace(text)).toBe(shown);
});

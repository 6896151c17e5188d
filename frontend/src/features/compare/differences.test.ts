import { expect, test } from "vitest";
import { differences } from "./differences";

const marked = (reference: string, answer: string) =>
  differences(reference, answer)
    ?.pieces.map(({ text, different }) => (different ? `[${text}]` : text))
    .join("");

test("words that the reference does not have are marked, with what lies between them", () => {
  expect(marked("I do not know that.", "Roger. I do not know that place. Over.")).toBe(
    "[Roger]. I do not know that [place. Over].",
  );
  expect(marked("one two three", "one 2 drei")).toBe("one [2 drei]");
  expect(marked("same words", "same words")).toBe("same words");
  expect(marked("", "  new\n")).toBe("  [new]\n");
});

test("the pieces are the whole answer, whatever is in it", () => {
  const answers = ["", " ", "\n\n- a\n- b\n", "你好,世界", "a b\tc  d", "👍🏽 ok", "…"];
  for (const answer of answers) {
    const pieces = differences("a c 世界 ok", answer)?.pieces;
    expect(pieces?.map(({ text }) => text).join("")).toBe(answer);
  }
});

test("the share of equal words counts those of both", () => {
  expect(differences("a b c d", "a b x y")?.equalShare).toBe(0.5);
  expect(differences("a b", "a b a b a b")?.equalShare).toBe(0.5);
  expect(differences("", "")?.equalShare).toBe(1);
  expect(differences("a", "")?.equalShare).toBe(0);
});

test("two very long answers without a word in common give up rather than hold up the page", () => {
  const words = (prefix: string) => Array.from({ length: 12_000 }, (_, i) => `${prefix}${i}`).join(" ");
  expect(differences(words("a"), words("b"))).toBeNull();
});

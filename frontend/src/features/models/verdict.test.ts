import { expect, test } from "vitest";
import { fitting } from "../../test/models";
import { type Room, verdictOf } from "./verdict";

test.each<[inference: Room, lora: Room, qlora: Room, words: string, room: Room]>([
  ["fits", "fits", "fits", "Runs and trains", "fits"],
  ["fits", "tight", "fits", "Runs, and trains as QLoRA", "fits"],
  ["fits", "too_large", "fits", "Runs, and trains as QLoRA", "fits"],
  ["fits", "tight", "tight", "Trains, tightly", "tight"],
  ["tight", "too_large", "tight", "Trains as QLoRA, tightly", "tight"],
  ["fits", "too_large", "too_large", "Runs, too large to train", "tight"],
  ["tight", "too_large", "too_large", "Runs tightly, too large to train", "tight"],
  ["too_large", "too_large", "too_large", "Too large", "too_large"],
])("inference %s, LoRA %s and QLoRA %s is said as: %s", (inference, lora, qlora, words, room) => {
  expect(
    verdictOf([fitting("inference", inference), fitting("lora", lora), fitting("qlora", qlora)]),
  ).toEqual({
    words,
    room,
  });
});

test("a quantised model trains as QLoRA alone, and of an unknown one nothing is said", () => {
  expect(verdictOf([fitting("inference", "fits"), fitting("qlora", "fits")])?.words).toBe(
    "Runs, and trains as QLoRA",
  );
  expect(verdictOf([])).toBeNull();
});

import { expect, test } from "vitest";
import { freeName } from "./freeName";

test.each([
  ["voice", [], "voice"],
  ["voice", ["voice"], "voice-2"],
  ["voice-2", ["voice", "voice-2"], "voice-3"],
  ["v".repeat(128), ["v".repeat(128)], `${"v".repeat(126)}-2`],
])("%s beside %j becomes %s", (name, taken, free) => {
  expect(freeName(name, taken)).toBe(free);
});

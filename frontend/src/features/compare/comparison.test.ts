import { expect, test } from "vitest";
import type { Adapter, Model } from "../../api";
import { complete, readComparison, readSampling, writeComparison } from "./comparison";

const adapter = (name: string, model_name: string, created_at: number, problem: string | null = null) =>
  ({ name, model_name, created_at, problem }) as Adapter;
const model = (name: string) => ({ name, problem: null }) as Model;

const empty = readComparison(new URLSearchParams());

test("an address says what is compared, and is said again by it", () => {
  const search = { base: "tiny", adapter: "voice", prompt: "Who are you?", temperature: "0.7", tokens: "50" };
  expect(writeComparison(readComparison(new URLSearchParams(search)))).toEqual(search);
  expect(writeComparison({ ...empty, base: "tiny", prompt: "" })).toEqual({ base: "tiny" });
});

test("without an address the newest usable adapter stands beside its own model", () => {
  const adapters = [
    adapter("old", "tiny", 1),
    adapter("new", "big", 2),
    adapter("broken", "tiny", 3, "No weights."),
  ];
  expect(complete(empty, [model("tiny"), model("big")], adapters)).toMatchObject({
    base: "big",
    adapter: "new",
  });
  expect(complete({ ...empty, base: "tiny" }, [model("tiny")], adapters)).toMatchObject({
    base: "tiny",
    adapter: "old",
  });
  expect(complete(empty, [model("tiny")], [])).toMatchObject({ base: "tiny", adapter: "" });
});

test("temperature and length are read, or refused in words", () => {
  expect(readSampling(empty)).toEqual({ sampling: { temperature: 0, max_tokens: 100 }, problems: {} });
  expect(readSampling({ ...empty, temperature: "hot", tokens: "0" })).toEqual({
    sampling: null,
    problems: { temperature: "A number from 0 to 5.", tokens: "A whole number, at least 1." },
  });
});

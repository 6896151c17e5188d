import { expect, test } from "vitest";
import { adapterDetails, answered, baseDetails } from "../../../test/answers";
import { type ColumnState, waitingColumns, withEvent } from "../columnStates";
import type { ColumnPlan } from "../columns";
import { byHand } from "./questions";
import { choiceOfKey, type Round, requestOf, shuffledOrder, voidReason, voteOf } from "./round";

const plan = (name: string, weights: string) =>
  ({ name, weights, pick: weights === "base model" ? null : { adapter: name, file: null } }) as ColumnPlan;
const contestants = [plan("tiny", "base model"), plan("voice", "best")];

function columns(...details: (typeof adapterDetails)[]): ColumnState[] {
  return details.reduce(
    (states, each, column) =>
      withEvent(states, { type: "finished", column, answer: answered(`text ${column}`, each) }),
    waitingColumns(details.length),
  );
}

test("every order comes, and each as often as the others", () => {
  const counts = new Map<string, number>();
  for (let first = 0; first < 3; first++) {
    for (let second = 0; second < 2; second++) {
      const drawn = [first, second];
      const order = shuffledOrder(3, () => drawn.shift() ?? 0).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
  }
  expect([...counts].sort()).toEqual(["012", "021", "102", "120", "201", "210"].map((order) => [order, 1]));
  const real = Array.from({ length: 200 }, () => shuffledOrder(3).join(""));
  expect(new Set(real).size).toBe(6);
});

test("a key says which place is better, a tie, or that all are bad", () => {
  const keys = ["1", "2", "3", "0", "t", "T", "=", "4", "a"];
  expect(keys.map((key) => choiceOfKey(key, 2))).toEqual([
    0,
    1,
    null,
    "both_bad",
    "tie",
    "tie",
    "tie",
    null,
    null,
  ]);
  expect(choiceOfKey("3", 3)).toBe(2);
});

test("all are asked with one seed, also where none is given", () => {
  const sampling = { temperature: 1, seed: null, system_prompt: "Be kind." };
  const request = requestOf("tiny", byHand("Who?"), contestants, sampling);
  expect(request).toEqual({
    temperature: 1,
    seed: expect.any(Number),
    model_name: "tiny",
    prompt: "Who?",
    system_prompt: "Be kind.",
    columns: [{ history: [] }, { adapter_name: "voice", adapter_file: null, history: [] }],
  });
  expect(requestOf("tiny", byHand("Who?"), contestants, { ...sampling, seed: 7 }).seed).toBe(7);
  const ofRow = { prompt: "Who?", system: "Be brief.", history: [] };
  expect(requestOf("tiny", ofRow, contestants, sampling).system_prompt).toBe("Be brief.");
});

test("a round counts only where all answered, each with other weights", () => {
  const both = columns(baseDetails, adapterDetails);
  expect(voidReason(both, contestants)).toBeNull();
  const failed = withEvent(both.with(1, waitingColumns(1)[0] as ColumnState), {
    type: "failed",
    column: 1,
    detail: "The file is cut off.",
    code: "broken",
  });
  expect(voidReason(failed, contestants)).toBe("voice (best) gave no answer. The file is cut off.");
  const stopped = { ...answered("half"), finish_reason: "cancelled" as const };
  const cut = withEvent(both, { type: "finished", column: 1, answer: stopped });
  expect(voidReason(cut, contestants)).toBe(
    "voice (best) gave no answer. Its answer was stopped before it was complete.",
  );
  const twice = columns(adapterDetails, adapterDetails);
  expect(voidReason(twice, [plan("copy", "latest"), plan("voice", "best")])).toBe(
    "copy (latest) and voice (best) are the same weights, so there is nothing to choose. Take others.",
  );
  const rescaled = columns(adapterDetails, { ...adapterDetails, scale: 1 });
  expect(voidReason(rescaled, contestants)).toBeNull();
});

test("the vote names the winner by its index among the candidates, not by its place", () => {
  const request = requestOf("tiny", byHand("Who?"), contestants, { temperature: 0, seed: 7 });
  const answers = columns(baseDetails, adapterDetails) as Round["answers"];
  const round: Round = { question: byHand("Who?"), contestants, answers, order: [1, 0], request };
  expect(voteOf(round, 0)).toEqual({
    model: "tiny",
    base_fingerprint: "b".repeat(64),
    prompt: "Who?",
    system_prompt: null,
    history: [],
    sampling: { temperature: 0, seed: 7 },
    candidates: [
      {
        adapter_name: null,
        type: "none",
        step: null,
        content_hash: null,
        scale: null,
        text: "text 0",
        finish_reason: "stop",
      },
      {
        adapter_name: "voice",
        type: "best",
        step: null,
        content_hash: "c".repeat(64),
        scale: 2,
        text: "text 1",
        finish_reason: "stop",
      },
    ],
    order: [1, 0],
    outcome: 1,
  });
  expect(voteOf(round, "tie").outcome).toBe("tie");
});

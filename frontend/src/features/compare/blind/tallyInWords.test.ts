import { expect, test } from "vitest";
import type { Vote, VoteTally } from "../../../api";
import { countsInWords, outcomeInWords, rateInWords, standingInWords, votesInWords } from "./tallyInWords";

const score = (changes: Partial<VoteTally["pairs"][number]>) =>
  ({
    decided: 15,
    wins: 9,
    losses: 4,
    ties: 2,
    rate: 2 / 3,
    low: 0.417,
    high: 0.848,
    even_rate: 0.5,
    standing: "open",
    more_votes: 20,
    ...changes,
  }) as VoteTally["pairs"][number];

test("a tally says how sure it is, and what would settle it", () => {
  expect(rateInWords(score({}))).toBe("67% (42–85%)");
  expect(rateInWords(score({ rate: null, low: null, high: null }))).toBe("–");
  expect(countsInWords(score({}))).toBe("15 decided votes: 9 won, 4 lost, 2 ties");
  expect(countsInWords(score({ decided: 1, wins: 1, losses: 0, ties: 0 }))).toBe(
    "1 decided vote: 1 won, 0 lost",
  );
  expect(countsInWords(score({ decided: 3, wins: 0, losses: 2, ties: 1 }), 1)).toBe(
    "3 decided votes: 0 won, 2 lost, 1 tie. Not counted: 1 with every answer bad",
  );
  expect(standingInWords(score({}))).toBe("About 20 more votes would settle it");
  expect(standingInWords(score({ more_votes: 1 }))).toBe("About 1 more vote would settle it");
  expect(standingInWords(score({ more_votes: 9604 }))).toBe(
    "More than a thousand further votes would settle it",
  );
  expect(standingInWords(score({ standing: "even", more_votes: null }))).toContain("Even so far");
  expect(standingInWords(score({ standing: "better", more_votes: 0 }))).toBe("Settled: better");
  expect(standingInWords(score({ standing: "worse", more_votes: 0 }))).toBe("Settled: worse");
  expect(standingInWords(score({ standing: "no_votes", more_votes: null }))).toBe("No decided vote yet");
});

test("what all votes add up to, with those that decided nothing apart", () => {
  const said = (votes: number, ties: number, both_bad: number) =>
    votesInWords({ model: "tiny", votes, ties, both_bad } as VoteTally);
  expect(said(4, 1, 1)).toBe(
    "4 votes on tiny: 3 decided (1 tie among them), 1 with every answer bad, which count for nothing here.",
  );
  expect(said(1, 0, 0)).toBe("1 vote on tiny: 1 decided.");
});

test("equal answers were a tie, whichever was chosen", () => {
  const candidates = [{ text: "Over." }, { text: " Over.\n" }];
  expect(outcomeInWords({ candidates, outcome: 1 } as Vote, "tiny")).toBe(
    "a tie, as the answers were the same",
  );
  const three = [...candidates, { text: "No." }].map((one, index) => ({
    ...one,
    adapter_name: `a${index}`,
    type: "best",
  }));
  expect(outcomeInWords({ candidates: three, outcome: 1 } as Vote, "tiny")).toBe(
    "a0 (best) and a1 (best) better",
  );
});

test("a vote is named by its winner", () => {
  const candidates = [
    { type: "none", text: "No." },
    { adapter_name: "voice", type: "checkpoint", step: 60, text: "Over." },
  ];
  const said = (outcome: Vote["outcome"]) => outcomeInWords({ candidates, outcome } as Vote, "tiny");
  expect(["tie", "both_bad", 0, 1].map((outcome) => said(outcome as Vote["outcome"]))).toEqual([
    "a tie",
    "both bad",
    "tiny better",
    "voice (step 60) better",
  ]);
});

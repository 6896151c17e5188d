import { expect, test } from "vitest";
import type { Vote, VoteTally } from "../../../api";
import { countsInWords, outcomeInWords, rateInWords, standingInWords } from "./tallyInWords";

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
  expect(countsInWords(score({}))).toBe("15 votes: 9 won, 4 lost, 2 ties");
  expect(countsInWords(score({ decided: 1, wins: 1, losses: 0, ties: 0 }))).toBe("1 vote: 1 won, 0 lost");
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

test("a vote is named by its winner", () => {
  const candidates = [{ type: "none" }, { adapter_name: "voice", type: "checkpoint", step: 60 }];
  const said = (outcome: Vote["outcome"]) => outcomeInWords({ candidates, outcome } as Vote, "tiny");
  expect(["tie", "both_bad", 0, 1].map((outcome) => said(outcome as Vote["outcome"]))).toEqual([
    "a tie",
    "both bad",
    "tiny better",
    "voice (step 60) better",
  ]);
});

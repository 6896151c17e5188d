/** What a tally says, in sentences. Pure. */

import type { Vote, VoteTally, Weights } from "../../../api";
import { plural } from "../../../ui/format";

type Score = VoteTally["pairs"][number] | VoteTally["contestants"][number];

const manyVotes = 1000;

export function standingInWords({ standing, more_votes }: Score): string {
  switch (standing) {
    case "no_votes":
      return "No decided vote yet";
    case "even":
      return "Even so far; no number of votes can be told";
    case "better":
      return "Settled: better";
    case "worse":
      return "Settled: worse";
    case "open":
      if (more_votes === null || more_votes > manyVotes)
        return "More than a thousand further votes would settle it";
      return `About ${plural(more_votes, "more vote")} would settle it`;
  }
}

/** 67% (42-85%): the rate and its 95% interval. */
export function rateInWords({ rate, low, high }: Score): string {
  if (rate === null || low === null || high === null) return "–";
  return `${wholePercent(rate)} (${Math.round(low * 100)}–${wholePercent(high)})`;
}

export function countsInWords({ decided, wins, losses, ties }: Score): string {
  const parts = [`${wins} won`, `${losses} lost`, ...(ties ? [plural(ties, "tie")] : [])];
  return `${plural(decided, "vote")}: ${parts.join(", ")}`;
}

/** best, latest, step 60; base model. */
export function weightsKind({ type, step }: Weights): string {
  if (type === "none") return "base model";
  return type === "checkpoint" ? `step ${step ?? 0}` : type;
}

/** A few digits of what the weights are told by. */
export function shortHash({ content_hash }: Weights): string {
  return content_hash?.slice(0, 8) ?? "";
}

export function outcomeInWords({ outcome, candidates }: Vote, model: string): string {
  if (outcome === "tie") return "a tie";
  if (outcome === "both_bad") return candidates.length > 2 ? "all bad" : "both bad";
  const winner = candidates[Number(outcome)];
  return winner?.adapter_name ? `${winner.adapter_name} (${weightsKind(winner)}) better` : `${model} better`;
}

function wholePercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

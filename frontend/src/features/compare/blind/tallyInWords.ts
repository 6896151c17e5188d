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

/** The parts add up to the number before them; votes that found every answer bad stand apart, as they decide nothing. */
export function countsInWords({ decided, wins, losses, ties }: Score, bothBad = 0): string {
  const parts = [`${wins} won`, `${losses} lost`, ...(ties ? [plural(ties, "tie")] : [])];
  const counted = `${plural(decided, "decided vote")}: ${parts.join(", ")}`;
  return bothBad > 0 ? `${counted}. Not counted: ${bothBad} with every answer bad` : counted;
}

/** All votes on a model. */
export function votesInWords({ votes, ties, both_bad, model }: VoteTally): string {
  const decided = `${votes - both_bad} decided${ties > 0 ? ` (${plural(ties, "tie")} among them)` : ""}`;
  const undecided = both_bad > 0 ? `, ${both_bad} with every answer bad, which count for nothing here` : "";
  return `${plural(votes, "vote")} on ${model}: ${decided}${undecided}.`;
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
  const best = candidates.filter(({ text }) => text.trim() === winner?.text.trim());
  if (best.length === candidates.length) return "a tie, as the answers were the same";
  const names = best.map((one) => (one.adapter_name ? `${one.adapter_name} (${weightsKind(one)})` : model));
  return `${names.join(" and ")} better`;
}

function wholePercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

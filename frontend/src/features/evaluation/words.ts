/** How weights and differences are named. */

import type { AdapterDetails, Difference } from "../../api";
import { distinctColours } from "../../ui/runColour";

export function called({ name, type, step }: AdapterDetails): string {
  if (name === null) return "Base model";
  return type === "checkpoint" ? `${name} @${step}` : `${name} ${type}`;
}

/** Grey for the base, one colour for every adapter. */
export function coloursOf(weights: AdapterDetails[]): string[] {
  const adapters = distinctColours(weights.flatMap(({ name }) => name ?? []));
  return weights.map(({ name }) => (name === null ? "var(--color-base)" : (adapters.shift() ?? "")));
}

export const verdicts: Record<Difference["verdict"], string> = {
  better: "Better",
  worse: "Worse",
  unclear: "No clear difference",
  equal: "Exactly the same",
  too_few: "Too few rows to tell",
};

/** A loss, to the fourth digit behind the point: differences are that small. */
export function loss(value: number): string {
  return Math.abs(value) < 1000 ? value.toFixed(4) : value.toExponential(3);
}

/** With its sign, and a true minus. */
export function signed(value: number): string {
  if (value === 0) return "0";
  return `${value > 0 ? "+" : "\u2212"}${loss(Math.abs(value))}`;
}

export function interval({ low, high }: Difference): string | null {
  return low === null || high === null ? null : `95%: ${signed(low)} to ${signed(high)}`;
}

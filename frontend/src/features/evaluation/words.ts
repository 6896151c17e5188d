/** How weights and differences are named. */

import type { AdapterDetails, Difference } from "../../api";
import { distinctColours } from "../../ui/runColour";

export function called({ name, type, step }: AdapterDetails): string {
  if (name === null) return "Base model";
  return type === "checkpoint" ? `${name} @${step}` : `${name} ${type}`;
}

/** Grey for the base; an adapter has its own colour, and further weights of the same one those that are left. */
export function coloursOf(weights: AdapterDetails[]): string[] {
  const adapters = weights.filter(({ name }) => name !== null);
  const firsts = adapters.filter(({ name }, index) => adapters.findIndex((it) => it.name === name) === index);
  const others = adapters.filter((it) => !firsts.includes(it));
  const inTurn = [...firsts, ...others];
  const colours = distinctColours(inTurn.map(({ name }) => name ?? ""));
  return weights.map((it) => colours[inTurn.indexOf(it)] ?? "var(--color-base)");
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

/** Half the width of the 95% interval, which lies evenly around the mean. */
export function margin({ mean, high }: Difference): number | null {
  return high === null || high === mean ? null : high - mean;
}

/** What the splits are called on every page. */
export const splitNames = { test: "test", valid: "validation" };

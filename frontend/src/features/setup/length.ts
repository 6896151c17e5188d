/** Steps and epochs of a run, converted by what the data really holds. Knows no components. */

import type { DataStatistics } from "../../api";
import { count, plural } from "../../ui/format";

/** What a person thinks in; epochs as they were typed, null where they follow from the steps. */
export type Length = { by: "iterations" } | { by: "epochs"; epochs: string | null };

export function stepsOf(epochs: number, { iterations_per_epoch }: DataStatistics): number {
  return Math.max(1, Math.ceil(epochs * iterations_per_epoch - 1e-6));
}

/** Epochs as they are typed: two decimals, or as many digits as a short run needs. */
export function epochsTyped(steps: number, { iterations_per_epoch }: DataStatistics): string {
  const epochs = steps / iterations_per_epoch;
  return String(Number(epochs >= 0.1 ? epochs.toFixed(2) : epochs.toPrecision(2)));
}

/** null where it is no number above 0. */
export function readEpochs(typed: string): number | null {
  const number = typed.trim() === "" ? Number.NaN : Number(typed);
  return Number.isFinite(number) && number > 0 ? number : null;
}

/** "= 300 steps, 2.0 epochs, 184 k tokens", in parts that are not broken. */
export function lengthInWords(steps: number, epochs: number, tokens: number, estimated: boolean): string[] {
  const rough = estimated ? "about " : "";
  return [
    `= ${plural(steps, "step")}, `,
    `${rough}${epochsShort(epochs)}, `,
    `${rough}${count(Math.round(tokens))} tokens`,
  ];
}

function epochsShort(epochs: number): string {
  const short = epochs >= 10 ? epochs.toFixed(0) : epochs >= 0.1 ? epochs.toFixed(1) : epochs.toPrecision(1);
  return `${short} ${short === "1.0" ? "epoch" : "epochs"}`;
}

export const epochsProblem = "'Epochs' is a number above 0, such as 2.";

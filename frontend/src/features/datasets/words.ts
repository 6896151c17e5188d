/** What splits, formats and sizes of data are called. */

import type { Dataset } from "../../api";
import { plural, whole } from "../../ui/format";

export const splits = ["train", "valid", "test"] as const;
export type Split = (typeof splits)[number];

export const splitNames: Record<Split, string> = { train: "train", valid: "validation", test: "test" };

export const formatNames: Record<NonNullable<Dataset["format"]>, string> = {
  text: "Text",
  messages: "Conversations",
  prompt_completion: "Prompt and completion",
  preference: "Preferences",
  grpo: "Questions with an answer",
};

/** The splits that have rows, in the order of their use. */
export function splitsOf({ rows }: Dataset): Split[] {
  return splits.filter((split) => rows[split]);
}

/** Whether fine-tuning can read it: preferences and questions with an answer are kept for other ways to train. */
export function isLearnedFrom({ format, problem }: Dataset): boolean {
  return problem === null && format !== "preference" && format !== "grpo";
}

/** "300 train, 30 validation"; no split is no rows. */
export function rowsInWords({ rows }: Pick<Dataset, "rows">): string {
  const known = splits.filter((split) => rows[split] !== undefined);
  if (known.length === 0) return "no rows";
  return known.map((split) => `${whole(rows[split] ?? 0)} ${splitNames[split]}`).join(", ");
}

/** "a.csv", "a.csv and b.csv", "a.csv and 3 more files". */
export function filesInWords(names: string[]): string {
  const [first, second] = names;
  if (first === undefined) return "no file";
  if (second === undefined) return first;
  return names.length === 2
    ? `${first} and ${second}`
    : `${first} and ${plural(names.length - 1, "more file")}`;
}

/** Why losses of runs cannot be set against each other as they are. Pure. */

import type { Compared } from "./compared";

/** Whole sentences, the gravest first; none where all losses are of one kind. */
export function doubts(runs: Compared[]): string[] {
  const validated = runs.filter(({ session }) => session.data_sha256.valid);
  return [
    unlike(
      validated,
      ({ session }) => session.data_sha256.valid,
      (groups) => `Validated on other data: ${groups}. Their validation losses are not comparable.`,
    ),
    unlike(
      runs,
      ({ session }) => `${session.config.mask_prompt ?? false} ${session.config.train_on_turns}`,
      (groups) =>
        `The loss is of other tokens (mask_prompt, train_on_turns): ${groups}. Their losses are not comparable.`,
    ),
    unlike(
      runs,
      ({ session }) => session.base_fingerprint,
      (groups) =>
        `Trained on other base models: ${groups}. A loss is a mean over tokens: comparable where they cut text alike.`,
    ),
    unlike(
      validated,
      ({ session }) => `${session.config.val_batches} ${batchOf(session.config)}`,
      (groups) =>
        `Validated on other rows of the data (val_batches): ${groups}. Their validation losses differ by that too.`,
    ),
    unlike(
      runs,
      ({ session }) => session.config.max_seq_length,
      (groups) =>
        `Examples are cut at other lengths (max_seq_length): ${groups}. That matters where any is longer.`,
    ),
    unlike(
      runs,
      ({ session }) => session.data_sha256.train,
      (groups) =>
        `Trained on other data: ${groups}. Compare their validation losses, not their training losses.`,
    ),
  ].filter((sentence) => sentence !== null);
}

type Config = Compared["session"]["config"];

/** How many rows a limited validation reads depends on the batch; one of all rows does not. */
function batchOf(config: Config): string {
  return config.val_batches === -1 ? "" : `${config.batch_size} ${config.batch_tokens}`;
}

/** The sentence about the groups that have different values, or null where all have one. */
function unlike(
  runs: Compared[],
  kindOf: (run: Compared) => unknown,
  sentence: (groups: string) => string,
): string | null {
  const groups = new Map<unknown, number[]>();
  for (const run of runs) groups.set(kindOf(run), [...(groups.get(kindOf(run)) ?? []), run.number]);
  if (groups.size < 2) return null;
  return sentence(`runs ${[...groups.values()].map(enumerated).join(" against ")}`);
}

function enumerated(numbers: number[]): string {
  return numbers.length < 2 ? numbers.join("") : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

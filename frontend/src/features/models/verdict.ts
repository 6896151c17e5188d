/** What the memory of this machine allows for a model, put into one sentence. */

import type { Fit } from "../../api";

export type Room = Fit["verdict"];

export interface Verdict {
  words: string;
  room: Room;
}

/** Null where nothing is known of the model's size. */
export function verdictOf(fits: Fit[]): Verdict | null {
  const { inference, lora, qlora } = Object.fromEntries(fits.map((fit) => [fit.use, fit.verdict])) as Partial<
    Record<Fit["use"], Room>
  >;
  if (lora === "fits") return { words: "Runs and trains", room: "fits" };
  if (qlora === "fits") return { words: "Runs, and trains as QLoRA", room: "fits" };
  if (lora === "tight") return { words: "Trains, tightly", room: "tight" };
  if (qlora === "tight") return { words: "Trains as QLoRA, tightly", room: "tight" };
  if (inference === "fits") return { words: "Runs, too large to train", room: "tight" };
  if (inference === "tight") return { words: "Runs tightly, too large to train", room: "tight" };
  return fits.length > 0 ? { words: "Too large", room: "too_large" } : null;
}

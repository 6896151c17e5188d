/** The form as it was left: kept in the browser, so that a reload or a trip to another page loses nothing. */

import type { FormValues } from "./fields";
import { defaults } from "./form";
import type { Guidance } from "./guidance";

/** What a form began with: nothing, the settings of a run to use again, or a waiting run to change. */
export type Origin = { kind: "new" } | { kind: "from" | "change"; sessionId: string };

export interface Draft {
  values: FormValues;
  guidance: Guidance | null;
}

/** `reloaded` tells a reload from a link: a link to a run's settings means them as they are. */
export function loadDraft(origin: Origin, reloaded: boolean): Draft | null {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(origin)) ?? "null") as Stored | null;
    if (!stored) return null;
    const { origin: begunWith, guidance = null, ...values } = stored;
    if (origin.kind !== "new" && (!reloaded || begunWith !== origin.sessionId)) return null;
    return { values: { ...defaults(), ...values }, guidance };
  } catch {
    return null;
  }
}

export function saveDraft(origin: Origin, values: FormValues, guidance: Guidance): void {
  const begunWith = origin.kind === "new" ? {} : { origin: origin.sessionId };
  localStorage.setItem(keyOf(origin), JSON.stringify({ ...values, ...begunWith, guidance }));
}

type Stored = Partial<FormValues> & { origin?: string; guidance?: Guidance };

/** Changes to a run that waits are no draft of another. */
function keyOf({ kind }: Origin): string {
  return kind === "change" ? "droid.setup.change" : "droid.setup";
}

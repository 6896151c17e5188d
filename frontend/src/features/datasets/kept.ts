/** Decisions about drafts, kept in the browser, so that a reload or a trip to another page loses none. */

import type { Edited } from "./importing/edited";

export function loadEdited(draftId: string): Partial<Edited> | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(draftId)) ?? "null");
  } catch {
    return null;
  }
}

export function saveEdited(draftId: string, decided: Partial<Edited>): void {
  localStorage.setItem(keyOf(draftId), JSON.stringify(decided));
}

export function forgetEdited(draftId: string): void {
  localStorage.removeItem(keyOf(draftId));
}

function keyOf(draftId: string): string {
  return `droid.import.${draftId}`;
}

/** The form as it was left: kept in the browser, so that a reload or a trip to another page loses nothing. */

import { defaults, type FormValues } from "./form";

const key = "droid.setup";

export function loadDraft(): FormValues | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "null") as Partial<FormValues> | null;
    return stored && { ...defaults(), ...stored };
  } catch {
    return null;
  }
}

export function saveDraft(values: FormValues): void {
  localStorage.setItem(key, JSON.stringify(values));
}

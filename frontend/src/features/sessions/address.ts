/** Which sessions are compared and how, as the address says it: a reload or a shared link shows the same chart. */

import type { Axis } from "./compare/align";
import type { Smoothing } from "./compare/smooth";

export const mostSessions = 8;

export interface Shown {
  sessionIds: string[];
  by: Axis;
  /** null where the address does not say: then long runs are smoothed */
  smoothing: Smoothing | null;
  log: boolean;
}

export const axes: { value: Axis; label: string }[] = [
  { value: "step", label: "Step" },
  { value: "tokens", label: "Tokens" },
  { value: "time", label: "Time" },
];

export const smoothings: { value: Smoothing; label: string }[] = [
  { value: "none", label: "None" },
  { value: "light", label: "Light" },
  { value: "strong", label: "Strong" },
];

/** Each session once, in the order of the address; what is unknown is as if it were not there. */
export function readShown(search: URLSearchParams): Shown {
  return {
    sessionIds: readSessions(search),
    by: axes.find(({ value }) => value === search.get("by"))?.value ?? "step",
    smoothing: smoothings.find(({ value }) => value === search.get("smoothing"))?.value ?? null,
    log: search.get("scale") === "log",
  };
}

export function readSessions(search: URLSearchParams): string[] {
  return [...new Set(search.getAll("session").filter(Boolean))];
}

export function writeShown({ sessionIds, by, smoothing, log }: Shown): URLSearchParams {
  const search = writeSessions(sessionIds);
  search.set("by", by);
  if (smoothing) search.set("smoothing", smoothing);
  if (log) search.set("scale", "log");
  return search;
}

export function writeSessions(sessionIds: string[]): URLSearchParams {
  return new URLSearchParams(sessionIds.map((id) => ["session", id]));
}

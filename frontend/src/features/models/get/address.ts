/** Which way to get a model is shown and what was asked for, as the address says it. */

export const ways = ["hub", "cache", "folder"] as const;
export type Way = (typeof ways)[number];

/** Null where the library itself is shown. */
export function readWay(search: URLSearchParams): Way | null {
  const said = search.get("get");
  if (said === null) return null;
  return ways.find((way) => way === said) ?? "hub";
}

export function wayAddress(way: Way, more: Record<string, string> = {}): string {
  return `/models?${new URLSearchParams({ get: way, ...more })}`;
}

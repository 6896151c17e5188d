/** Which weights of an adapter are meant, and how an address says it. */

import type { Column } from "./generated";

export type AdapterFile = NonNullable<Column["adapter_file"]>;

/** An adapter and which of its weights; null takes the best, else the latest. */
export interface Pick {
  adapter: string;
  file: AdapterFile | null;
}

/** `name`, `name@best`, `name@latest` or `name@60`. */
export function readPick(text: string): Pick {
  const [, adapter, file] = /^(.*?)(?:@(best|latest|\d{1,9}))?$/.exec(text) ?? [];
  if (!file) return { adapter: adapter ?? text, file: null };
  return { adapter: adapter ?? text, file: file === "best" || file === "latest" ? file : Number(file) };
}

export function writePick({ adapter, file }: Pick): string {
  return file === null ? adapter : `${adapter}@${file}`;
}

/** Each once, in their order; those without a name are left out. */
export function distinctPicks(picks: Pick[]): Pick[] {
  const known = new Map(picks.filter(({ adapter }) => adapter).map((pick) => [writePick(pick), pick]));
  return [...known.values()];
}

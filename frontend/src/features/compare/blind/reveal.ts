/** Answers shown bit by bit, all at one pace, so that none tells how fast it was made. Pure. */

export const tickMilliseconds = 40;

const mostTicks = 100;
const slowestPace = 3;

/** Each answer in characters, and how many of them every tick adds to every column. */
export interface Reveal {
  characters: string[][];
  pace: number;
  /** until the longest stands there; the others are not called complete before it */
  ticks: number;
}

export function planReveal(texts: string[]): Reveal {
  const characters = texts.map((text) => Array.from(text));
  const longest = Math.max(0, ...characters.map(({ length }) => length));
  const pace = Math.max(slowestPace, Math.ceil(longest / mostTicks));
  return { characters, pace, ticks: Math.ceil(longest / pace) };
}

export function shownAt({ characters, pace }: Reveal, tick: number): string[] {
  return characters.map((all) => all.slice(0, tick * pace).join(""));
}

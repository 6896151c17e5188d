/** A conversation outlives a reload: this tab of the browser keeps its turns under the address they were asked at. */

import { type ColumnState, closed } from "./columnStates";
import type { Turn } from "./useTurns";

const place = "compare.conversation";

interface Kept {
  address: string;
  turns: { prompt: string; answers: [key: string, state: ColumnState][] }[];
}

/** Answers that still stream are kept as far as they have come. False where the browser has no room for them. */
export function keepTurns(address: string, turns: Turn[]): boolean {
  if (turns.length === 0) {
    if (read()?.address === address) sessionStorage.removeItem(place);
    return true;
  }
  const kept: Kept = {
    address,
    turns: turns.map(({ prompt, answers }) => {
      const states = closed([...answers.values()], null);
      return {
        prompt,
        answers: [...answers.keys()].map((key, index) => [key, states[index] as ColumnState]),
      };
    }),
  };
  try {
    sessionStorage.setItem(place, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function keptTurns(address: string): Turn[] {
  const kept = read();
  if (kept?.address !== address) return [];
  return kept.turns.map(({ prompt, answers }, id) => ({ id, prompt, answers: new Map(answers) }));
}

function read(): Kept | null {
  const text = sessionStorage.getItem(place);
  return text === null ? null : (JSON.parse(text) as Kept);
}

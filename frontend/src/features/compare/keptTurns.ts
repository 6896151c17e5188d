/** A conversation outlives a reload: this tab of the browser keeps its turns with the columns they stand in. */

import { type ColumnState, closed } from "./columnStates";
import type { Turn } from "./useTurns";

const place = "compare.conversation";

interface Kept {
  columns: string;
  turns: { prompt: string; answers: [key: string, state: ColumnState][] }[];
}

/** Answers that still stream are kept as far as they have come. False where the browser has no room for them. */
export function keepTurns(columns: string, turns: Turn[]): boolean {
  if (turns.length === 0) {
    if (read()?.columns === columns) sessionStorage.removeItem(place);
    return true;
  }
  const kept: Kept = {
    columns,
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

export function keptTurns(columns: string): Turn[] {
  const kept = read();
  if (kept?.columns !== columns) return [];
  return kept.turns.map(({ prompt, answers }, id) => ({ id, prompt, answers: new Map(answers) }));
}

function read(): Kept | null {
  const text = sessionStorage.getItem(place);
  return text === null ? null : (JSON.parse(text) as Kept);
}

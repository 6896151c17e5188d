/** What is asked in blind rounds: rows of a data set that training has not seen, or what somebody writes. Pure. */

import type { DatasetRow } from "../../../api";
import { byHand, type Question, questionOf } from "../questions";

export { byHand, type Question };

/** Every row with a question, with the turns before it, then the examples that the data set names; none twice. */
export function questionsOf(rows: DatasetRow[], examples: string[]): Question[] {
  const asked = rows.map(questionOf).filter((question) => question !== null);
  const all = [...asked, ...examples.map(byHand)].filter(({ prompt }) => prompt.trim() !== "");
  return [...new Map(all.map((question) => [keyOf(question), question])).values()];
}

/** One that was not drawn before, by chance; null where all were. */
export function draw(questions: Question[], drawn: Set<string>, random = Math.random): Question | null {
  const left = questions.filter((question) => !drawn.has(keyOf(question)));
  return left[Math.floor(random() * left.length)] ?? null;
}

export function keyOf({ prompt, system, history }: Question): string {
  return JSON.stringify([prompt, system, history]);
}

/** What is asked in blind rounds: rows of a data set that training has not seen, or what somebody writes. Pure. */

import type { DatasetRow, Message } from "../../../api";

export interface Question {
  prompt: string;
  /** null: as the settings have it */
  system: string | null;
  /** the turns before the prompt, without the system prompt */
  history: Message[];
}

export function byHand(prompt: string): Question {
  return { prompt, system: null, history: [] };
}

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

/** Null for rows without a question, and for conversations with tools, which the columns cannot be given. */
function questionOf({ row, prompt }: DatasetRow): Question | null {
  if (!prompt) return null;
  const messages: unknown = row.messages;
  if (!Array.isArray(messages)) return byHand(prompt);
  const last = messages.findLastIndex(({ role }) => role === "user");
  const before = messages.slice(0, last);
  const system = before.filter(({ role }) => role === "system" || role === "developer");
  const history = before.filter(({ role }) => role === "user" || role === "assistant");
  const whole = before.every(({ content }) => typeof content === "string");
  if (!whole || system.length > 1 || system.length + history.length < before.length) return null;
  return {
    prompt,
    system: system[0]?.content ?? null,
    history: history.map(({ role, content }) => ({ role, content })),
  };
}

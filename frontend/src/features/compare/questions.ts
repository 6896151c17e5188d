/** A question as columns are asked it, with the turns before it. Pure. */

import type { DatasetRow, Message } from "../../api";

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

/** Null for rows without a question, and for conversations with tools, which the columns cannot be given. */
export function questionOf({ row, prompt }: DatasetRow): Question | null {
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

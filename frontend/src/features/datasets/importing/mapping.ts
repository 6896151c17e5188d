/** Which column holds which field. Knows the names that columns usually have, no components. */

import type { Mapping, ShapeDescription } from "../../../api";

/** What columns are called that hold a field, the likeliest first. */
const usualNames: { [field: string]: string[] } = {
  text: ["text", "content", "document", "paragraph", "line"],
  messages: ["messages", "conversations", "conversation", "dialog", "chat"],
  instruction: ["instruction", "question", "prompt", "query", "input"],
  input: ["input", "context"],
  output: ["output", "answer", "response", "completion", "target", "reply"],
  prompt: ["prompt", "question", "instruction", "input", "query"],
  completion: ["completion", "response", "answer", "output", "reply"],
  chosen: ["chosen", "preferred", "accepted"],
  rejected: ["rejected", "dispreferred"],
  answer: ["answer", "solution", "target", "output"],
  system: ["system", "system_prompt"],
  tools: ["tools", "functions"],
};

/** The columns of a shape: those chosen before for the same field, else those that are called so. None is taken twice. */
export function mappingTo(shape: ShapeDescription, columns: string[], before: Mapping | null): Mapping {
  const chosen: { [field: string]: string } = {};
  const free = (column: string | undefined) =>
    column !== undefined && columns.includes(column) && !Object.values(chosen).includes(column);
  const inTurn = [...shape.fields].sort((one, other) => Number(other.required) - Number(one.required));
  for (const { name, required } of inTurn) {
    const kept = before?.columns[name];
    const candidates = [kept, ...(usualNames[name] ?? [name]).map((usual) => named(usual, columns))];
    const found =
      candidates.find(free) ?? (required && columns.length === 1 ? columns.find(free) : undefined);
    if (found !== undefined) chosen[name] = found;
  }
  return { shape: shape.shape, columns: chosen };
}

function named(wanted: string, columns: string[]): string | undefined {
  return columns.find((column) => column.trim().toLowerCase() === wanted);
}

/** The required fields that no column holds yet. */
export function missingFields(shape: ShapeDescription, { columns }: Mapping): string[] {
  return shape.fields.filter(({ name, required }) => required && !columns[name]).map(({ name }) => name);
}

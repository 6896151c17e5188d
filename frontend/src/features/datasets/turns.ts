/** A row as what was said, one turn after another. Knows the shapes of rows, no page. */

export interface Turn {
  /** who speaks, or what this part of a row is */
  role: string;
  text: string;
}

type Row = Record<string, unknown>;

/** The parts of a row in the order in which they are read; what has no known part is left out. */
export function turnsOf(row: Row): Turn[] {
  const opening = [...said("tools", row.tools), ...said("system", row.system)];
  if (Array.isArray(row.messages)) return [...opening, ...row.messages.flatMap(turnOf)];
  return [
    ...opening,
    ...said("text", row.text),
    ...said("user", row.prompt),
    ...said("assistant", row.completion),
    ...said("answer", row.answer),
    ...said("chosen", row.chosen),
    ...said("rejected", row.rejected),
  ];
}

/** A string as one turn; a list of messages as its turns, those of a preference told apart by `part`. */
function said(part: string, value: unknown): Turn[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "string") return [{ role: part, text: value }];
  if (Array.isArray(value) && value.every(isMessage)) {
    const turns = value.flatMap(turnOf);
    return part === "chosen" || part === "rejected"
      ? turns.map(({ role, text }) => ({ role: `${part}, ${role}`, text }))
      : turns;
  }
  return [{ role: part, text: JSON.stringify(value, null, 2) }];
}

function turnOf(message: unknown): Turn[] {
  if (!isMessage(message)) return [{ role: "not a message", text: JSON.stringify(message) }];
  const { role, content, tool_calls } = message;
  const speaker = typeof role === "string" ? role : "no role";
  const words = typeof content === "string" ? content : content ? JSON.stringify(content, null, 2) : "";
  const calls = tool_calls ? [{ role: `${speaker}, calls`, text: JSON.stringify(tool_calls, null, 2) }] : [];
  return [...(words || calls.length === 0 ? [{ role: speaker, text: words }] : []), ...calls];
}

function isMessage(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "role" in value;
}

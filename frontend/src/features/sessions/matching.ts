import type { Session } from "../../api";

/** Newest first, of those that have what is looked for in a name or the state. */
export function matching(sessions: Session[], wanted: string): Session[] {
  const words = wanted.trim().toLowerCase();
  return sessions
    .filter(({ adapter_name, model_name, data_name, state }) =>
      `${adapter_name} ${model_name} ${data_name} ${state.replace("_", " ")}`.toLowerCase().includes(words),
    )
    .sort((a, b) => b.created_at - a.created_at);
}

/** Answers to several prompts as files. Pure. */

import type { ColumnPlan } from "../columns";
import type { BatchRow } from "./useBatch";

/** One JSON object a prompt, with which weights answered and how fast. */
export function asJsonl(rows: BatchRow[], plans: ColumnPlan[]): string {
  return rows.map((row) => `${JSON.stringify(exportedRow(row, plans))}\n`).join("");
}

function exportedRow({ prompt, system, history, reference, answers }: BatchRow, plans: ColumnPlan[]) {
  return {
    prompt,
    system,
    history,
    reference,
    answers: plans.flatMap(({ key, column, name }) => {
      const state = answers?.get(key);
      if (!state) return [];
      const { details, answer, problem } = state;
      return {
        column,
        name,
        weights: details?.type ?? null,
        step: details?.step ?? null,
        base_fingerprint: details?.base_fingerprint ?? null,
        content_hash: details?.content_hash ?? null,
        text: state.text,
        thinking: state.thinking,
        finish_reason: answer?.finish_reason ?? null,
        generated_tokens: answer?.generated_tokens ?? null,
        tokens_per_second: answer?.tokens_per_second ?? null,
        first_token_seconds: answer?.first_token_seconds ?? null,
        problem: problem?.detail ?? null,
      };
    }),
  };
}

/** One line a prompt, a field a column, as RFC 4180 has it. */
export function asCsv(rows: BatchRow[], plans: ColumnPlan[]): string {
  const head = ["prompt", "reference", ...plans.map(({ column }) => column)];
  const lines = rows.map(({ prompt, reference, answers }) => [
    prompt,
    reference ?? "",
    ...plans.map(({ key }) => answers?.get(key)?.text ?? ""),
  ]);
  return [head, ...lines].map((fields) => `${fields.map(quoted).join(",")}\r\n`).join("");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

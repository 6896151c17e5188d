/** A comparison to take along. Pure. */

import type { Compared } from "./compared";
import type { Comparison, Row } from "./rows";

type Part = [title: string, rows: Row[]];

/** A table in GitHub's Markdown, as it is shown. */
export function asMarkdown(runs: Compared[], { different, outcome }: Comparison): string {
  const head = ["", ...runs.map(({ session }) => session.adapter_name)];
  const lines = [head, head.map(() => "---")];
  for (const row of [...different, ...outcome]) {
    lines.push([
      row.field ? `${row.title} (\`${row.field}\`)` : row.title,
      ...row.cells.map(({ text }) => text),
    ]);
  }
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}

/** One line a row, as RFC 4180 has it, with values in full and with what is the same. */
export function asCsv(runs: Compared[], { different, outcome, same }: Comparison): string {
  const parts: Part[] = [
    ["different", different],
    ["outcome", outcome],
    ["same", same],
  ];
  const lines = [
    ["part", "title", "field", ...runs.map(({ session }) => session.adapter_name)],
    ["", "session", "", ...runs.map(({ session }) => session.id)],
    ...parts.flatMap(([part, rows]) =>
      rows.map(({ title, field, cells }) => [
        part,
        title,
        field ?? "",
        ...cells.map(({ text, full }) => full ?? text),
      ]),
    ),
  ];
  return lines.map((fields) => `${fields.map(quoted).join(",")}\r\n`).join("");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/**
 * Numbers by module, such as ranks: rows of a module, group or pattern and its number. In the form they are text, one
 * row a line, so that what is typed halfway stays. Knows no components.
 */

export interface PatternRow {
  module: string;
  number: string;
}

export function rowsOf(text: string): PatternRow[] {
  if (text === "") return [];
  return text.split("\n").map((line) => {
    const colon = line.lastIndexOf(":");
    return colon < 0
      ? { module: line, number: "" }
      : { module: line.slice(0, colon), number: line.slice(colon + 1).trimStart() };
  });
}

export function textOf(rows: PatternRow[]): string {
  return rows.map(({ module, number }) => `${module}: ${number.replaceAll(":", "")}`).join("\n");
}

/** What the rows say, or the sentence about the first that cannot be read. Rows left empty are no rows. */
export function readPattern(
  text: string,
  title: string,
  whole: boolean,
): { numbers: Record<string, number> } | { problem: string } {
  const read = new Map<string, number>();
  const wrong = (sentence: string) => ({ problem: `'${title}': ${sentence}` });
  for (const row of rowsOf(text)) {
    const module = row.module.trim();
    const typed = row.number.trim();
    if (module === "" && typed === "") continue;
    if (module === "") return wrong(`name a group, a key or a pattern for ${typed}.`);
    const number = typed === "" ? Number.NaN : Number(typed);
    if (whole ? !Number.isInteger(number) : !Number.isFinite(number))
      return wrong(`${module} needs a ${whole ? "whole number" : "number"}, such as 8.`);
    if (read.has(module)) return wrong(`${module} is named twice; keep one of the two.`);
    read.set(module, number);
  }
  return { numbers: Object.fromEntries(read) };
}

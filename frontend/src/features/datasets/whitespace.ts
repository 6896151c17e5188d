/** White space made visible: a space at the edge of a token, or beside another, as a dot; tabs and ends of lines as arrows. */
export function showWhitespace(text: string): string {
  return text
    .replace(/^ | $| (?= )|(?<= ) /g, "·")
    .replaceAll("\t", "⇥")
    .replaceAll("\r", "⇤")
    .replaceAll("\n", "↵\n");
}

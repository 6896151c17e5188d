const longestName = 128;

/** voice, voice-2, voice-3: the first that is free. */
export function freeName(name: string, taken: string[]): string {
  if (!taken.includes(name)) return name;
  const stem = name.replace(/-\d+$/, "");
  for (let number = 2; ; number++) {
    const next = `${stem.slice(0, longestName - `-${number}`.length)}-${number}`;
    if (!taken.includes(next)) return next;
  }
}

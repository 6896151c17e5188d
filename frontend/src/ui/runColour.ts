/** One colour for a run and the adapter it makes: found from the name, so that it is the same everywhere and after a reload. */
const colours = 6;

export function runColour(adapterName: string): string {
  let hash = 2166136261;
  for (let index = 0; index < adapterName.length; index++) {
    hash = Math.imul(hash ^ adapterName.charCodeAt(index), 16777619);
  }
  return `var(--color-run-${((hash >>> 0) % colours) + 1})`;
}

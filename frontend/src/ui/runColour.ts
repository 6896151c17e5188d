/** One colour for a run and the adapter it makes: found from the name, so that it is the same everywhere and after a reload. */
const colours = 6;
/** Further colours of the theme, for pages that show more runs than there are colours. */
const spareColours = 2;

export function runColour(adapterName: string): string {
  return variable(place(adapterName));
}

/** The colours of several runs on one page: each its own, unless one before it has that already; then the next free one. */
export function distinctColours(adapterNames: string[]): string[] {
  const taken = new Set<number>();
  const all = colours + spareColours;
  return adapterNames.map((name) => {
    const own = place(name);
    const tries = Array.from({ length: all }, (_, step) => (own + step) % all);
    const free = tries.find((colour) => !taken.has(colour)) ?? own;
    taken.add(free);
    return variable(free);
  });
}

function place(adapterName: string): number {
  let hash = 2166136261;
  for (let index = 0; index < adapterName.length; index++) {
    hash = Math.imul(hash ^ adapterName.charCodeAt(index), 16777619);
  }
  return (hash >>> 0) % colours;
}

function variable(colour: number): string {
  return `var(--color-run-${colour + 1})`;
}

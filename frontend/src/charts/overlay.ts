/** Lines of several runs in one chart: shared places on the axis, values under the pointer. Knows no drawing. */

export interface Line {
  /** ascending */
  x: number[];
  loss: number[];
}

export interface OverlayRun {
  /** as the legend calls it; stands at the end of its line */
  number: number;
  colour: string;
  /** whether the training losses are so many that they would cover what lies under them */
  isDense: boolean;
  train: Line;
  validation: Line;
  best: { x: number; loss: number } | null;
}

/** One column of places that all lines share, and a column a line: null where it has no point. */
export function joined(lines: Line[]): { x: number[]; columns: (number | null)[][] } {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const places = new Map(x.map((value, place) => [value, place]));
  const columns = lines.map((line) => {
    const column: (number | null)[] = Array(x.length).fill(null);
    line.x.forEach((value, index) => {
      column[places.get(value) ?? 0] = line.loss[index] ?? null;
    });
    return column;
  });
  return { x, columns };
}

/** The value at or last before a place; null before the first point and where the run had not come to. */
export function valueAt({ x, loss }: Line, place: number, runEnd: number): number | null {
  if (place > runEnd) return null;
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return loss[low - 1] ?? null;
}

/** How far a run has come on the axis. */
export function endOf({ train, validation }: OverlayRun): number {
  return Math.max(train.x.at(-1) ?? 0, validation.x.at(-1) ?? 0);
}

interface Place {
  x: number;
  y: number;
}

const rounds = 100;

/** Places for labels that would lie over each other: those nearer than `wide` are moved up and down, by as much as
 * keeps `high` between them, and none below `bottom`. */
export function apart(places: Place[], wide: number, high: number, bottom: number): Place[] {
  const moved = places.map((place) => ({ ...place }));
  const order = moved.map((_, index) => index).sort((a, b) => (places[a]?.y ?? 0) - (places[b]?.y ?? 0));
  const ascending = order.flatMap((index) => moved[index] ?? []);
  for (let round = 0; round < rounds; round++) {
    ascending.forEach((above, index) => {
      above.y = Math.min(above.y, bottom);
      for (const below of ascending.slice(index + 1)) {
        const lacking = high - (below.y - above.y);
        if (Math.abs(above.x - below.x) >= wide || lacking <= 0) continue;
        above.y -= lacking / 2;
        below.y += lacking / 2;
      }
    });
  }
  return moved;
}

const tableLimit = 200;

export interface TableRow {
  x: number;
  losses: (number | null)[];
}

/** Every validation of every run, by place; of very many, as many as a table can bear. */
export function validationRows(runs: OverlayRun[]): TableRow[] {
  const { x, columns } = joined(runs.map(({ validation }) => validation));
  const every = Math.ceil(x.length / tableLimit);
  return x
    .map((place, index) => ({ x: place, losses: columns.map((column) => column[index] ?? null) }))
    .filter((_, index) => index % every === 0);
}

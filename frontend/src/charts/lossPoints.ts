/** The points of a loss chart: three arrays that grow in step, one place an iteration. Knows no drawing. */

import { figure, whole } from "../ui/format";

export interface LossPoints {
  iterations: number[];
  train: (number | null)[];
  validation: (number | null)[];
}

export function noPoints(): LossPoints {
  return { iterations: [], train: [], validation: [] };
}

/** Adds a loss at the end; the other line has no point there unless one is added for the same iteration. */
export function addLoss(
  points: LossPoints,
  line: "train" | "validation",
  iteration: number,
  loss: number,
): void {
  if (points.iterations.at(-1) !== iteration) {
    points.iterations.push(iteration);
    points.train.push(null);
    points.validation.push(null);
  }
  points[line][points.iterations.length - 1] = loss;
}

/** Takes away what lies after an iteration: a run that went on from there draws it anew. */
export function dropAfter(points: LossPoints, iteration: number): void {
  const kept = points.iterations.filter((at) => at <= iteration).length;
  points.iterations.length = points.train.length = points.validation.length = kept;
}

/** The losses at or last before a place in the arrays. */
export function readAt(points: LossPoints, index: number) {
  return {
    iteration: points.iterations[index] ?? 0,
    train: lastUpTo(points.train, index),
    validation: lastUpTo(points.validation, index),
  };
}

function lastUpTo(values: (number | null)[], index: number): number | null {
  for (let place = index; place >= 0; place--) {
    const value = values[place];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** One sentence for those who do not see the chart. */
export function summary(points: LossPoints, best: { iteration: number; loss: number } | null): string {
  const last = points.iterations.length - 1;
  if (last < 0) return "Loss chart, no points yet.";
  const { iteration, train, validation } = readAt(points, last);
  const parts = [`Loss chart up to step ${whole(iteration)}`];
  if (train !== null) parts.push(`train loss ${figure(train)}`);
  if (validation !== null) parts.push(`validation loss ${figure(validation)}`);
  if (best) parts.push(`best validation loss ${figure(best.loss)} at step ${whole(best.iteration)}`);
  return `${parts.join(", ")}.`;
}

const tableLimit = 200;

/** Every validation, and of the training losses as many as a table can bear. */
export function tableRows(points: LossPoints) {
  const every = Math.ceil(points.iterations.length / tableLimit);
  return points.iterations
    .map((iteration, index) => ({
      iteration,
      train: points.train[index] ?? null,
      validation: points.validation[index] ?? null,
    }))
    .filter((row, index) => row.validation !== null || index % every === 0);
}

/** Where the axis ends: the whole run once it is over; before that it doubles, so that the line stays readable. */
export function axisSpan(reached: number, planned: number, ended: boolean): number {
  if (ended) return Math.max(1, reached);
  let span = Math.max(1, planned);
  while (span / 2 >= reached * 1.05 && span / 2 >= 20) span /= 2;
  return Math.ceil(span);
}

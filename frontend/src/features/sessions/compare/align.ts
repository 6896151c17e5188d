/** Puts a run's losses over the steps, the tokens or the time that they took. Pure. */

import type { Course } from "../../../api";
import type { AxisKind } from "../../../charts/axes";

export type Axis = AxisKind;

export interface Aligned {
  train: number[];
  validation: number[];
  /** null where the best validation is not among the points */
  best: number | null;
}

/** For every point of a course its place on the axis. */
export function aligned(course: Course, axis: Axis): Aligned {
  const { train, validation, best } = course;
  const bestAt = best ? validation.iterations.indexOf(best.iteration) : -1;
  const places = {
    step: () => ({ train: train.iterations, validation: validation.iterations }),
    tokens: () => ({ train: train.tokens, validation: validation.iterations.map(tokensAt(course)) }),
    time: () => ({
      train: train.times.map(workedUntil(course)),
      validation: validation.times.map(workedUntil(course)),
    }),
  }[axis]();
  return { ...places, best: places.validation[bestAt] ?? null };
}

/** The tokens that had been trained after an iteration: a validation does not report them, its neighbours do. */
function tokensAt({ train: { iterations, tokens } }: Course) {
  return (iteration: number): number => {
    const next = firstAtOrAfter(iterations, iteration);
    if (next === iterations.length) return beyond(iterations, tokens, iteration);
    const from = next === 0 ? 0 : (iterations[next - 1] ?? 0);
    const fromTokens = next === 0 ? 0 : (tokens[next - 1] ?? 0);
    const share = (iteration - from) / ((iterations[next] ?? 0) - from || 1);
    return fromTokens + share * ((tokens[next] ?? 0) - fromTokens);
  };
}

/** Behind the last report, at the pace of the whole run. */
function beyond(iterations: number[], tokens: number[], iteration: number): number {
  const last = iterations.at(-1);
  return last ? ((tokens.at(-1) ?? 0) / last) * iteration : 0;
}

/** Seconds that workers took until a moment, of all attempts: pauses and waiting do not count. */
function workedUntil({ attempts }: Course) {
  return (time: number): number =>
    attempts.reduce(
      (seconds, { began_at, ended_at }) =>
        seconds + Math.max(0, Math.min(time, ended_at ?? Number.POSITIVE_INFINITY) - began_at),
      0,
    );
}

/** The first place in ascending values that is not below one. */
function firstAtOrAfter(ascending: number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

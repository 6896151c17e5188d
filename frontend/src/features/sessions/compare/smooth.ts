/** Smooths a training loss over steps, so that runs which report at other intervals are smoothed alike. Pure. */

import type { Course, TrainLine } from "../../../api";

export type Smoothing = "none" | "light" | "strong";

const shares: Record<Smoothing, number> = { none: 0, light: 0.01, strong: 0.05 };
const leastSteps: Record<Smoothing, number> = { none: 0, light: 2, strong: 5 };

/** What suits runs that nobody has chosen a smoothing for: where not every report is drawn, their mean is. */
export function suitable(courses: Course[]): Smoothing {
  return courses.some(({ reports, train }) => reports > train.losses.length) ? "light" : "none";
}

/** Over how many steps a loss fades to a third: a share of the longest run that is shown. */
export function fadingSteps(smoothing: Smoothing, longestRun: number): number {
  return Math.max(leastSteps[smoothing], shares[smoothing] * longestRun);
}

/** An exponential mean that weighs each point by the steps it stands for. What it begins with is no single report,
 * which may be far off, but the mean of a quarter of those steps. */
export function smoothed({ iterations, losses, means }: TrainLine, steps: number): number[] {
  if (steps === 0) return losses;
  const begin = (iterations[0] ?? 0) + steps / 4;
  let sum = 0;
  let weight = 0;
  const smooth = means.map((mean, index) => {
    const kept = Math.exp(-((iterations[index] ?? 0) - (iterations[index - 1] ?? 0)) / steps);
    sum = kept * sum + (1 - kept) * mean;
    weight = kept * weight + (1 - kept);
    return weight > 0 ? sum / weight : mean;
  });
  const lastOfBegin = iterations.findLastIndex((iteration) => iteration <= begin);
  return smooth.fill(smooth[lastOfBegin] ?? 0, 0, lastOfBegin);
}

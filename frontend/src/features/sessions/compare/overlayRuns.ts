/** Compared runs as the chart draws them. Pure. */

import type { OverlayRun } from "../../../charts/overlay";
import { figure, plural, whole } from "../../../ui/format";
import { type Axis, aligned } from "./align";
import type { Compared } from "./compared";
import { fadingSteps, type Smoothing, smoothed } from "./smooth";

interface Drawing {
  by: Axis;
  smoothing: Smoothing;
}

/** From here on a line of single reports is a band rather than a line. */
const manyPoints = 1000;

export function overlayRuns(runs: Compared[], { by, smoothing }: Drawing): OverlayRun[] {
  const longest = Math.max(0, ...runs.map(({ session }) => session.iterations));
  const steps = fadingSteps(smoothing, longest);
  return runs.map(({ number, colour, course }) => {
    const places = aligned(course, by);
    return {
      number,
      colour,
      isDense: smoothing === "none" && course.train.losses.length > manyPoints,
      train: { x: places.train, loss: smoothed(course.train, steps) },
      validation: { x: places.validation, loss: course.validation.losses },
      best: course.best && places.best !== null ? { x: places.best, loss: course.best.loss } : null,
    };
  });
}

export function hasPoints({ train, validation }: OverlayRun): boolean {
  return train.x.length + validation.x.length > 0;
}

/** One sentence for those who do not see the chart. */
export function summary(runs: Compared[], by: Axis): string {
  const each = runs.map(({ number, session, course: { best } }) => {
    const found = best
      ? `best validation loss ${figure(best.loss)} at step ${whole(best.iteration)}`
      : "no best yet";
    return `run ${number}, ${session.adapter_name}, ${found}`;
  });
  return `Losses of ${plural(runs.length, "run")} by ${by}: ${each.join("; ")}.`;
}

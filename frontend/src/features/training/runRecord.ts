/** What a run's events add up to in the browser: points and the latest figures. Grows in place; knows no network. */

import type { Finished, ListSessionEventsApiResponse, Paused, Started } from "../../api";
import { addLoss, dropAfter, type LossPoints, noPoints } from "../../charts/lossPoints";

export type RunEvent = ListSessionEventsApiResponse[number];
type Train = Extract<RunEvent, { type: "train" }>;

export interface RunRecord {
  lastSeq: number;
  iteration: number;
  points: LossPoints;
  /** every report of the training loss, for the small figures */
  reports: Train[];
  best: { iteration: number; loss: number } | null;
  /** validations since the best one: early stopping counts them */
  validationsSinceBest: number;
  warnings: string[];
  checkpoints: number[];
  /** of the latest attempt */
  started: Started | null;
  /** the end or the pause, until the run goes on */
  rest: Finished | Paused | null;
  /** what `best` was at every improvement, should the run go back behind the last one */
  improvements: { iteration: number; loss: number }[];
}

export function newRecord(): RunRecord {
  return {
    lastSeq: 0,
    iteration: 0,
    points: noPoints(),
    reports: [],
    best: null,
    validationsSinceBest: 0,
    warnings: [],
    checkpoints: [],
    started: null,
    rest: null,
    improvements: [],
  };
}

/** Applies one event; one that was applied before changes nothing, so that nothing is drawn twice. */
export function apply(record: RunRecord, event: RunEvent): void {
  if (event.seq <= record.lastSeq) return;
  record.lastSeq = event.seq;
  if ("iteration" in event) record.iteration = Math.max(record.iteration, event.iteration);
  switch (event.type) {
    case "started":
      record.started = event;
      break;
    case "train":
      addLoss(record.points, "train", event.iteration, event.train_loss);
      record.reports.push(event);
      break;
    case "validation":
      addLoss(record.points, "validation", event.iteration, event.val_loss);
      record.validationsSinceBest++;
      break;
    case "best":
      record.best = { iteration: event.iteration, loss: event.val_loss };
      record.improvements.push(record.best);
      record.validationsSinceBest = 0;
      break;
    case "checkpoint":
      record.checkpoints.push(event.iteration);
      break;
    case "warning":
      // Every attempt says again what the data and the settings are to be warned of.
      if (!record.warnings.includes(event.message)) record.warnings.push(event.message);
      break;
    case "finished":
    case "paused":
      record.rest = event;
      break;
    case "resumed":
      goBackTo(record, event.iteration);
      break;
  }
}

/** What was reported after the iteration that the run goes on after is void. */
function goBackTo(record: RunRecord, iteration: number): void {
  const begunAnew = record.rest?.type === "finished" && record.rest.outcome === "early_stopped";
  record.rest = null;
  record.iteration = iteration;
  dropAfter(record.points, iteration);
  record.reports = record.reports.filter((report) => report.iteration <= iteration);
  record.checkpoints = record.checkpoints.filter((checkpoint) => checkpoint <= iteration);
  record.improvements = record.improvements.filter((best) => best.iteration <= iteration);
  record.best = record.improvements.at(-1) ?? null;
  record.validationsSinceBest = begunAnew ? 0 : validationsAfter(record.points, record.best?.iteration ?? -1);
}

function validationsAfter({ iterations, validation }: LossPoints, iteration: number): number {
  return iterations.filter((at, index) => at > iteration && validation[index] !== null).length;
}

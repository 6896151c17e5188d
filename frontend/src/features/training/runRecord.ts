/** What a run's events add up to in the browser: points and the latest figures. Grows in place; knows no network. */

import type { Finished, ListSessionEventsApiResponse, Started } from "../../api";
import { addLoss, type LossPoints, noPoints } from "../../charts/lossPoints";

export type RunEvent = ListSessionEventsApiResponse[number];

/** One figure over the whole run, for a sparkline. */
interface Series {
  learningRate: number[];
  gradientNorm: number[];
  tokensPerSecond: number[];
  peakMemoryGb: number[];
  trainLoss: number[];
}

export interface RunRecord {
  lastSeq: number;
  iteration: number;
  points: LossPoints;
  series: Series;
  trainedTokens: number;
  best: { iteration: number; loss: number } | null;
  /** validations since the best one: early stopping counts them */
  validationsSinceBest: number;
  warnings: string[];
  checkpoints: number[];
  started: Started | null;
  finished: Finished | null;
}

export function newRecord(): RunRecord {
  return {
    lastSeq: 0,
    iteration: 0,
    points: noPoints(),
    series: { learningRate: [], gradientNorm: [], tokensPerSecond: [], peakMemoryGb: [], trainLoss: [] },
    trainedTokens: 0,
    best: null,
    validationsSinceBest: 0,
    warnings: [],
    checkpoints: [],
    started: null,
    finished: null,
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
      record.trainedTokens = event.trained_tokens;
      record.series.trainLoss.push(event.train_loss);
      record.series.learningRate.push(event.learning_rate);
      record.series.gradientNorm.push(event.grad_norm);
      record.series.tokensPerSecond.push(event.tokens_per_second);
      record.series.peakMemoryGb.push(event.peak_memory_gb);
      break;
    case "validation":
      addLoss(record.points, "validation", event.iteration, event.val_loss);
      record.validationsSinceBest++;
      break;
    case "best":
      record.best = { iteration: event.iteration, loss: event.val_loss };
      record.validationsSinceBest = 0;
      break;
    case "checkpoint":
      record.checkpoints.push(event.iteration);
      break;
    case "warning":
      record.warnings.push(event.message);
      break;
    case "finished":
      record.finished = event;
      break;
  }
}

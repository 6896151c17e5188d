/** With which settings tokens are shown and counted: those of the address, else those that a run would begin with. */

import type { Dataset, Model } from "../../../api";
import trainingConfig from "../../../api/trainingConfig.json";
import type { Shown } from "./address";

export interface Chosen {
  /** "" where there is no model */
  model: string;
  /** undefined where what was typed is no such number */
  length: number | undefined;
  batch: number | undefined;
  epochs: number | undefined;
  usual: { length: number; batch: number };
}

const longest = 2 ** 20;
const mostExamples = 4096;
const mostEpochs = 10_000;

export function chosenFrom(shown: Shown, dataset: Dataset, models: Model[]): Chosen {
  const model = shown.model || usualModel(dataset, models);
  const usual = usualSettings(dataset, models, model);
  return {
    model,
    length: readWhole(shown.length, usual.length, 2, longest),
    batch: readWhole(shown.batch, usual.batch, 1, mostExamples),
    epochs: readWhole(shown.epochs, 1, 1, mostEpochs),
    usual,
  };
}

/** The model that the data set was measured with, else the first that can be used. */
function usualModel({ suggested }: Dataset, models: Model[]): string {
  const usable = models.filter(({ problem }) => !problem);
  return (usable.find(({ name }) => name in suggested) ?? usable[0])?.name ?? "";
}

function usualSettings({ suggested }: Dataset, models: Model[], model: string): Chosen["usual"] {
  const measured = suggested[model];
  const context = models.find(({ name }) => name === model)?.context_length ?? Number.POSITIVE_INFINITY;
  return {
    length: measured?.max_seq_length ?? Math.min(trainingConfig.max_seq_length.default, context),
    batch: measured?.batch_size ?? trainingConfig.batch_size.default,
  };
}

/** Nothing typed is the usual number. */
export function readWhole(typed: string, usual: number, least: number, most: number): number | undefined {
  if (typed.trim() === "") return usual;
  const number = Number(typed);
  return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
}

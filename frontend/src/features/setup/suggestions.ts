/** Which model and data a first visit starts with, and what was measured for the two together. */

import type { Dataset, Model, SuggestedSettings } from "../../api";
import type { Pair } from "./carry";
import type { FormValues } from "./fields";

export function suggestionFor(
  values: FormValues,
  datasets: Dataset[] | undefined,
): SuggestedSettings | undefined {
  const dataset = datasets?.find(({ name }) => name === values.train_data_path);
  return dataset?.suggested[String(values.model_path)];
}

/** The pair with measured settings, else the first of each that can be used; what is wanted is taken as it is. */
export function firstChoice(
  models: Model[],
  datasets: Dataset[],
  { model_path, train_data_path }: Pair = {},
): { model: string; data: string } {
  const usableModels = model_path ? [model_path] : namesOf(models);
  const usableData = train_data_path ? [train_data_path] : namesOf(datasets);
  for (const dataset of datasets.filter(({ name }) => usableData.includes(name))) {
    const model = usableModels.find((name) => name in dataset.suggested);
    if (model) return { model, data: dataset.name };
  }
  return { model: usableModels[0] ?? "", data: usableData[0] ?? "" };
}

function namesOf(library: { name: string; problem: string | null }[]): string[] {
  return library.filter(({ problem }) => !problem).map(({ name }) => name);
}

/** Which model and data a first visit starts with, and what was measured for the two together. */

import type { Dataset, Model, SuggestedSettings } from "../../api";
import type { FormValues } from "./fields";
import { follows, withDefaults, withSettings } from "./form";

export function suggestionFor(
  values: FormValues,
  datasets: Dataset[] | undefined,
): SuggestedSettings | undefined {
  const dataset = datasets?.find(({ name }) => name === values.train_data_path);
  return dataset?.suggested[String(values.model_path)];
}

/** The pair with measured settings, else the first of each that can be used. */
export function firstChoice(models: Model[], datasets: Dataset[]): { model: string; data: string } {
  const usableModels = models.filter(({ problem }) => !problem);
  const usableData = datasets.filter(({ problem }) => !problem);
  for (const dataset of usableData) {
    const model = usableModels.find(({ name }) => name in dataset.suggested);
    if (model) return { model: model.name, data: dataset.name };
  }
  return { model: usableModels[0]?.name ?? "", data: usableData[0]?.name ?? "" };
}

/** Another model or data: what was measured for the new pair is filled in, what was measured for the old is taken back. */
export function choose(
  values: FormValues,
  change: Partial<Pick<FormValues, "model_path" | "train_data_path">>,
  datasets: Dataset[] | undefined,
): FormValues {
  const before = suggestionFor(values, datasets);
  const next = { ...values, ...change };
  const after = suggestionFor(next, datasets);
  if (after) return withSettings(next, after);
  return before && follows(values, before) ? withDefaults(next, before) : next;
}

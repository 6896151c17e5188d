/** Takes settings over to another model or other data: what still applies stays, what does not is named. */

import type { Dataset, Model } from "../../api";
import { plural } from "../../ui/format";
import { describe, type FieldName, type FormValues } from "./fields";
import { defaults } from "./form";

export interface Pair {
  model_path?: string;
  train_data_path?: string;
}

/** A setting that went back to its default, and why. */
export interface Dropped {
  field: FieldName;
  why: string;
}

export function carry(
  values: FormValues,
  pair: Pair,
  models: Model[],
  datasets: Dataset[],
): { values: FormValues; dropped: Dropped[] } {
  const dropped = [
    ...(changes(values, pair, "model_path") ? forModel(values, pair.model_path ?? "", models) : []),
    ...(changes(values, pair, "train_data_path")
      ? forData(values, pair.train_data_path ?? "", datasets)
      : []),
  ];
  const initial = defaults();
  const back = Object.fromEntries(dropped.map(({ field }) => [field, initial[field]]));
  return { values: { ...values, ...pair, ...back }, dropped };
}

function changes(values: FormValues, pair: Pair, field: keyof Pair): boolean {
  return pair[field] !== undefined && pair[field] !== values[field];
}

function* forModel(values: FormValues, name: string, models: Model[]): Generator<Dropped> {
  const model = models.find((one) => one.name === name);
  if (values.resume_adapter_file !== "")
    yield { field: "resume_adapter_file", why: `that adapter was made for ${values.model_path}` };
  const layers = Number(values.lora_num_layers);
  if (model?.num_layers != null && layers > model.num_layers)
    yield { field: "lora_num_layers", why: `${name} has only ${plural(model.num_layers, "layer")}` };
  if (values.fine_tune_type === "full" && model?.quantization_bits != null)
    yield { field: "fine_tune_type", why: `${name} is quantised, and quantised weights cannot be trained` };
}

function* forData(values: FormValues, name: string, datasets: Dataset[]): Generator<Dropped> {
  const dataset = datasets.find((one) => one.name === name);
  if (values.val_data_path !== "")
    yield { field: "val_data_path", why: `it belongs to ${values.train_data_path}` };
  if (values.mask_prompt === true && dataset?.format === "text")
    yield { field: "mask_prompt", why: `${name} is plain text, without prompts and answers` };
}

/** "Start from: that adapter was made for tiny." */
export function inWords({ field, why }: Dropped): string {
  return `${describe(field).title}: ${why}.`;
}

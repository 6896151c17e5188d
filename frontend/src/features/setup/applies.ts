/** Which settings a run has at all: some belong to others, and full fine-tuning has no adapter. Knows no components. */

import type { FieldName, FormValues } from "./fields";

const adapterOnly: ReadonlySet<FieldName> = new Set([
  "targets",
  "lora_keys",
  "lora_rank",
  "lora_alpha",
  "lora_dropout",
  "lora_scale",
  "use_rslora",
  "expert_rank",
  "rank_pattern",
  "alpha_pattern",
  "loraplus_lr_ratio",
]);

/** Where it does not, the field is not shown, and the run takes the default. */
export function applies(name: FieldName, values: FormValues): boolean {
  if (values.fine_tune_type === "full" && adapterOnly.has(name)) return false;
  switch (name) {
    case "lora_keys":
      return values.targets === "custom";
    case "batch_size":
      return String(values.batch_tokens).trim() === "";
    case "patience":
      return values.early_stop === true;
    case "train_on_turns":
      return values.mask_prompt === true;
    default:
      return true;
  }
}

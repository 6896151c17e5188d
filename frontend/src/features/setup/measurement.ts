/** What a measurement still says once the form has changed. Knows no components. */

import type { PreflightResult, Range, TrainingConfig } from "../../api";
import { gigabytes } from "../../ui/format";
import { type FieldName, fieldNames } from "./fields";

export type Remedy = PreflightResult["remedies"][number];

/** A measurement and the settings that it was made with. */
export interface Measured {
  config: TrainingConfig;
  result: PreflightResult;
}

/** Neither memory nor time follows from these. */
const withoutWeight: ReadonlySet<FieldName> = new Set([
  "adapter_name",
  "on_existing",
  "learning_rate",
  "steps_per_report",
  "early_stop",
  "patience",
  "weight_decay",
  "lr_schedule",
  "warmup_steps",
  "seed",
  "lora_alpha",
  "lora_scale",
  "use_rslora",
  "alpha_pattern",
  "loraplus_lr_ratio",
  "resume_adapter_file",
]);

/** The settings that matter and are not those that were measured. */
export function changedSince({ config }: Measured, now: TrainingConfig): FieldName[] {
  return fieldNames.filter((name) => !withoutWeight.has(name) && !same(config[name], now[name]));
}

/** The remedy that the settings follow now, if nothing else that matters was changed. */
export function takenRemedy({ config, result }: Measured, now: TrainingConfig): Remedy | undefined {
  return result.remedies.find(
    (remedy) => changedSince({ config: { ...config, ...remedy.changes }, result }, now).length === 0,
  );
}

/** The least change that makes it fit, else the one that helps most. */
export function bestRemedy(remedies: Remedy[]): Remedy | undefined {
  return remedies.find(({ fits }) => fits) ?? remedies.at(-1);
}

/** Where a band lies on a line as long as what there is, or as the band where that is longer; shares of 1. */
export function onLine({ likely, high }: Range, limit: number) {
  const whole = Math.max(limit, high);
  return { likely: likely / whole, high: high / whole, limit: limit / whole };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

export function giga(bytes: number): string {
  return gigabytes(bytes / 1e9);
}

/** null where both ends are written alike. */
export function band(low: string, high: string): string | null {
  return low === high ? null : `${low} to ${high}`;
}

/** Settings as a text to keep and to share: YAML that the server reads again. Knows no components. */

import type { ConfigChanges, TrainingConfig } from "../../api";
import { type FieldName, type FormValues, fieldNames } from "./fields";
import { withSettings } from "./form";

/** What was said about a taken name held for one start only. */
const notKept: FieldName = "on_existing";

export function toSave(config: TrainingConfig): ConfigChanges {
  const { [notKept]: _, ...kept } = config;
  return kept;
}

/** One setting a line, in the order of the form; values as JSON writes them, which is YAML too. */
export function toYaml(config: TrainingConfig): string {
  const saved = toSave(config);
  return fieldNames
    .filter((name) => saved[name] !== undefined)
    .map((name) => `${name}: ${JSON.stringify(saved[name])}\n`)
    .join("");
}

/** What of read settings goes into the form. */
export function toFill(read: ConfigChanges): Partial<TrainingConfig> {
  const { [notKept]: _, ...rest } = read;
  return rest;
}

/** The settings that the form would have otherwise. */
export function differing(values: FormValues, read: ConfigChanges): FieldName[] {
  const next = withSettings(values, toFill(read));
  return fieldNames.filter((name) => next[name] !== values[name]);
}

/** A run's settings in forms that other programs read. */

import type { TrainingConfig } from "../../api";

/** One line a setting. Values are written as JSON, which YAML reads. */
export function asYaml(config: TrainingConfig): string {
  return Object.entries(config)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join("");
}

/** A command that starts the same run again. */
export function asCurl(config: TrainingConfig, origin: string): string {
  const body = JSON.stringify({ ...config, on_existing: "new_name" }).replaceAll("'", "'\\''");
  return `curl -X POST ${origin}/api/training/start -H 'content-type: application/json' -d '${body}'`;
}

/** A run's settings as a command. */

import type { TrainingConfig } from "../../api";

/** What starts the same run again, from any shell. */
export function asCurl(config: TrainingConfig, origin: string): string {
  const body = JSON.stringify({ ...config, on_existing: "new_name" });
  const address = `${origin}/api/training/start`;
  return `curl -X POST ${quoted(address)} -H 'content-type: application/json' -d ${quoted(body)}`;
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

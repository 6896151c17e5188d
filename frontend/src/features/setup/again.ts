/** The settings of a run for another one. Knows no components. */

import type { SessionDetail } from "../../api";
import { describe, type FormValues } from "./fields";
import { fromConfig } from "./form";

const longestName = 128;

/** As the run itself has them: what a change begins with. */
export function asItIs({ config, adapter_name }: SessionDetail): FormValues {
  return fromConfig({ ...config, adapter_name });
}

/** As the run had them, under a name that is free; should it be taken meanwhile, the next free one holds. */
export function again(session: SessionDetail, taken: string[]): FormValues {
  return {
    ...asItIs(session),
    adapter_name: freeName(session.adapter_name, taken),
    on_existing: "new_name",
  };
}

/** voice, voice-2, voice-3: the first that is free. */
export function freeName(name: string, taken: string[]): string {
  if (name === describe("adapter_name").initial || !taken.includes(name)) return name;
  const stem = name.replace(/-\d+$/, "");
  for (let number = 2; ; number++) {
    const next = `${stem.slice(0, longestName - `-${number}`.length)}-${number}`;
    if (!taken.includes(next)) return next;
  }
}

import { useEffect, useMemo, useState } from "react";
import type { TrainingConfig } from "../../api";
import type { FormValues } from "./fields";
import { readConfig } from "./form";

const pauseMilliseconds = 250;

export interface Settled {
  /** what the form says, as of the last pause; null while it cannot be read */
  config: TrainingConfig | null;
  /** whether nothing was typed since */
  fresh: boolean;
}

/** The form once the typing pauses: what the server is asked about. */
export function useSettled(values: FormValues): Settled {
  const typed = JSON.stringify(values);
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [typed]);
  const config = useMemo(() => readConfig(JSON.parse(settled) as FormValues), [settled]);
  return { config, fresh: typed === settled };
}

import { useEffect, useRef, useState } from "react";
import { type TrainingConfig, useCancelPreflightMutation, useMeasureTrainingMutation } from "../../api";
import { asApiError } from "../../api/base";
import type { Measured } from "./measurement";

export interface Measurement {
  measured: Measured | null;
  /** when the measurement began that goes on now */
  since: number | null;
  /** why the last one came to nothing */
  refusal: string | null;
  measure: (config: TrainingConfig) => Promise<void>;
  cancel: () => Promise<void>;
}

/** Asks for a measurement and keeps its answer; it ends with the page, as nobody would see it. */
export function useMeasurement(): Measurement {
  const [ask] = useMeasureTrainingMutation();
  const [askToCancel] = useCancelPreflightMutation();
  const [measured, setMeasured] = useState<Measured | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const request = useRef<{ abort: () => void } | null>(null);
  useEffect(() => () => request.current?.abort(), []);

  const measure = async (config: TrainingConfig) => {
    setRefusal(null);
    setSince(Date.now());
    const asked = ask({ trainingConfig: config });
    request.current = asked;
    const { data: result, error } = await asked;
    setSince(null);
    if (result) return setMeasured({ config, result });
    const { code, detail } = asApiError(error);
    if (code !== "preflight_cancelled") setRefusal(detail);
  };
  const cancel = async () => {
    const { error } = await askToCancel();
    if (error) setRefusal(asApiError(error).detail);
  };
  return { measured, since, refusal, measure, cancel };
}

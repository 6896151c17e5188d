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
  const cancelled = useRef(false);
  useEffect(() => () => request.current?.abort(), []);

  const measure = async (config: TrainingConfig) => {
    cancelled.current = false;
    setRefusal(null);
    setSince(Date.now());
    const asked = ask({ trainingConfig: config });
    request.current = asked;
    const { data: result, error } = await asked;
    if (cancelled.current) return;
    setSince(null);
    if (result) return setMeasured({ config, result });
    const { code, detail } = asApiError(error);
    if (code !== "preflight_cancelled") setRefusal(detail);
  };
  /** Done once nothing is measured any more. What was asked may not have reached the server yet: it is hung up too. */
  const cancel = async () => {
    cancelled.current = true;
    request.current?.abort();
    const { error } = await askToCancel();
    setSince(null);
    if (error) setRefusal(asApiError(error).detail);
  };
  return { measured, since, refusal, measure, cancel };
}

import { useEffect, useState } from "react";
import { type TrainingEstimate, useEstimateTrainingQuery } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { FormValues } from "./fields";
import { readConfig } from "./form";

const pauseMilliseconds = 250;

export interface Estimate {
  /** the last answer; kept while a new one is on its way, or while the form cannot be read */
  shown: TrainingEstimate | undefined;
  fresh: boolean;
  error: ApiError | null;
}

/** The exact counts for what the form says, asked once the typing pauses. */
export function useEstimate(values: FormValues): Estimate {
  const typed = JSON.stringify(values);
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [typed]);

  const config = readConfig(JSON.parse(settled) as FormValues);
  const { data, currentData, error, isError } = useEstimateTrainingQuery(
    { trainingConfig: config ?? { model_path: "", train_data_path: "" } },
    { skip: config === null, refetchOnMountOrArgChange: true },
  );
  return {
    shown: data,
    fresh: typed === settled && currentData !== undefined,
    error: config && isError ? asApiError(error) : null,
  };
}

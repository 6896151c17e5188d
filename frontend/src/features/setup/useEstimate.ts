import { skipToken } from "@reduxjs/toolkit/query";
import { type TrainingEstimate, useEstimateTrainingQuery } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { Settled } from "./useSettled";

export interface Estimate {
  /** the last answer; kept while a new one is on its way, or while the form cannot be read */
  shown: TrainingEstimate | undefined;
  fresh: boolean;
  error: ApiError | null;
}

/** The exact counts for what the form says. */
export function useEstimate({ config, fresh }: Settled): Estimate {
  const { data, currentData, error, isError } = useEstimateTrainingQuery(
    config ? { trainingConfig: config } : skipToken,
    { refetchOnMountOrArgChange: true },
  );
  return {
    shown: data,
    fresh: fresh && currentData !== undefined,
    error: config && isError ? asApiError(error) : null,
  };
}

import { skipToken } from "@reduxjs/toolkit/query";
import { type Forecast, useForecastTrainingQuery } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { Settled } from "./useSettled";

export interface ForecastAnswer {
  /** the last answer; kept while a new one is on its way */
  shown: Forecast | undefined;
  fresh: boolean;
  error: ApiError | null;
}

/**
 * Memory and time as they can be told at once; asked anew each time, since what is free on the machine changes.
 * `counted`: the data is counted, without which the answer would only keep others waiting.
 */
export function useForecast({ config, fresh }: Settled, counted: boolean): ForecastAnswer {
  const { data, currentData, error, isError } = useForecastTrainingQuery(
    config && counted ? { trainingConfig: config } : skipToken,
    { refetchOnMountOrArgChange: true },
  );
  return {
    shown: data,
    fresh: fresh && currentData !== undefined,
    error: config && isError ? asApiError(error) : null,
  };
}

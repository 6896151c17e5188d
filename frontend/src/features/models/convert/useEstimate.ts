import { useEffect, useState } from "react";
import { type ConversionEstimate, type ConversionRequest, useEstimateConversionQuery } from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";

const pauseMilliseconds = 250;

/** What the form would make, asked once the typing pauses; the last answer stays until there is another. */
export function useEstimate(request: ConversionRequest): {
  shown: ConversionEstimate | undefined;
  error: ApiError | null;
} {
  const typed = JSON.stringify(request);
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [typed]);
  const { data, error, isError } = useEstimateConversionQuery(
    { conversionRequest: JSON.parse(settled) as ConversionRequest },
    { refetchOnMountOrArgChange: true },
  );
  return { shown: isError ? undefined : data, error: isError ? asApiError(error) : null };
}

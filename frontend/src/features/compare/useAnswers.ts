import { type InferenceResponse, useRunInferenceMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { Sampling } from "./comparison";

export interface Answer {
  data: InferenceResponse | undefined;
  error: ApiError | null;
  waiting: boolean;
}

/** Asks the base model, then the adapter: one worker holds both, and the one must not slow the other's figures. */
export function useAnswers() {
  const [askBase, base] = useRunInferenceMutation();
  const [askTuned, tuned] = useRunInferenceMutation();

  const ask = async (prompt: string, model_name: string, adapter_name: string, sampling: Sampling) => {
    tuned.reset();
    await askBase({ inferenceRequest: { prompt, model_name, ...sampling } });
    await askTuned({ inferenceRequest: { prompt, model_name, adapter_name, ...sampling } });
  };
  const asking = base.isLoading || tuned.isLoading;
  return { ask, asking, base: answer(base), tuned: { ...answer(tuned), waiting: asking && !tuned.data } };
}

function answer(call: { data?: InferenceResponse | undefined; error?: unknown; isLoading: boolean }): Answer {
  return { data: call.data, error: call.error ? asApiError(call.error) : null, waiting: call.isLoading };
}

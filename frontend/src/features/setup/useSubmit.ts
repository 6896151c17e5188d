import { useState } from "react";
import { useNavigate } from "react-router";
import { type TrainingConfig, useChangeSessionMutation, useStartTrainingMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import { type Origin, saveDraft } from "./draft";
import { describe, type FormValues } from "./fields";
import { defaults } from "./form";
import type { Guidance } from "./guidance";

/** Starts the run, or changes the one that waits, and goes to its page; a refusal is shown until the form changes. */
export function useSubmit(origin: Origin, typed: string, guidance: Guidance) {
  const [startTraining] = useStartTrainingMutation();
  const [changeSession] = useChangeSessionMutation();
  const [refusal, setRefusal] = useState<{ typed: string; error: ApiError } | null>(null);
  const navigate = useNavigate();

  const ask = (config: TrainingConfig) =>
    origin.kind === "change"
      ? changeSession({ sessionId: origin.sessionId, configChanges: named(config) })
      : startTraining({ trainingConfig: config });
  const submit = async (config: TrainingConfig) => {
    setRefusal(null);
    const { data: session, error } = await ask(config);
    if (!session) return setRefusal({ typed, error: asApiError(error) });
    // What was said about a taken name held for this start only.
    const values = { ...(JSON.parse(typed) as FormValues), on_existing: defaults().on_existing };
    saveDraft(origin, values, guidance);
    await navigate(`/training/${session.id}`);
  };
  return { submit, refusal: refusal?.typed === typed ? refusal.error : null };
}

/** A change leaves as it is what it does not name. */
function named(config: TrainingConfig): TrainingConfig {
  return { adapter_name: describe("adapter_name").initial as string, ...config };
}

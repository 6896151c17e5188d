import { skipToken } from "@reduxjs/toolkit/query";
import { type Preset, useSuggestPresetsQuery } from "../../api";
import type { FormValues } from "./fields";
import { presetsAskedWith } from "./presets";
import { useSettled } from "./useSettled";

export interface Presets {
  /** undefined until the data is counted, or where it cannot be */
  presets: Preset[] | undefined;
  refused: boolean;
}

/** The presets for the model, the data and the method that are chosen, whatever presets set themselves. */
export function usePresets(values: FormValues): Presets {
  const { config, fresh } = useSettled(presetsAskedWith(values));
  const { currentData, isError } = useSuggestPresetsQuery(config ? { trainingConfig: config } : skipToken);
  return {
    presets: fresh ? currentData : undefined,
    refused: fresh && config !== null && isError,
  };
}

import { skipToken } from "@reduxjs/toolkit/query";
import {
  type DataStatistics,
  type StatisticsRequest,
  type TrainingConfig,
  useGetTokenStatisticsQuery,
} from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { FieldName, FormValues } from "./fields";
import { defaults } from "./form";
import { useSettled } from "./useSettled";

export interface Counted {
  /** what the data holds for the settings as they are; undefined while it is counted, or where it cannot be */
  statistics: DataStatistics | undefined;
  /** why it cannot be, at the form's own fields */
  error: ApiError | null;
}

/** All that the count of tokens and batches follows from. */
const counted: FieldName[] = [
  "model_path",
  "train_data_path",
  "max_seq_length",
  "mask_prompt",
  "train_on_turns",
  "batch_size",
  "batch_tokens",
  "grad_accumulation_steps",
];

/** How many tokens and steps an epoch of the data has, with this model's tokenizer and these batches. */
export function useStatistics(values: FormValues): Counted {
  const alone = Object.fromEntries(counted.map((name) => [name, values[name]]));
  const { config, fresh } = useSettled({ ...defaults(), ...alone });
  const { currentData, error, isError } = useGetTokenStatisticsQuery(
    config ? { statisticsRequest: requestFor(config) } : skipToken,
  );
  return {
    statistics: fresh ? currentData : undefined,
    error: config && isError ? atOwnFields(asApiError(error)) : null,
  };
}

const ownFields: Record<string, FieldName> = { data: "train_data_path", model_name: "model_path" };

function atOwnFields(error: ApiError): ApiError {
  const fields = error.fields.map(({ field, message }) => ({ field: ownFields[field] ?? field, message }));
  return { ...error, fields };
}

function requestFor(config: TrainingConfig): StatisticsRequest {
  return {
    model_name: config.model_path,
    data: config.train_data_path,
    ...(config.max_seq_length !== undefined && { max_seq_length: config.max_seq_length }),
    ...(config.mask_prompt !== undefined && { mask_prompt: config.mask_prompt }),
    ...(config.train_on_turns !== undefined && { train_on_turns: config.train_on_turns }),
    ...(config.batch_size !== undefined && { batch_size: config.batch_size }),
    ...(config.batch_tokens !== undefined && { batch_tokens: config.batch_tokens }),
    ...(config.grad_accumulation_steps !== undefined && {
      grad_accumulation_steps: config.grad_accumulation_steps,
    }),
  };
}

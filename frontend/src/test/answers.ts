/** Answers as the server gives them, for tests. */

import type { AdapterDetails, ColumnEvent, InferenceResponse } from "../api";

export const adapterDetails: AdapterDetails = {
  name: "voice",
  type: "best",
  step: null,
  base_fingerprint: "b".repeat(64),
  content_hash: "c".repeat(64),
  warnings: [],
  method: "lora",
  model_recorded: "tiny",
  num_layers: -1,
  expected_layers: 4,
  rank: 8,
  alpha: 16,
  scale: 2,
  dropout: 0,
  keys: ["self_attn.q_proj", "mlp.up_proj"],
  rank_pattern: {},
  alpha_pattern: {},
  chat_template_used: true,
};

export const baseDetails: AdapterDetails = {
  ...adapterDetails,
  name: null,
  type: "none",
  content_hash: null,
  method: null,
  model_recorded: null,
  num_layers: null,
  rank: null,
  alpha: null,
  scale: null,
  dropout: null,
  keys: null,
};

export function answered(response: string, adapter_details = adapterDetails): InferenceResponse {
  return {
    response,
    thinking: "",
    adapter_details,
    prompt_tokens: 12,
    cached_tokens: 4,
    generated_tokens: 40,
    first_token_seconds: 0.042,
    seconds: 1.08,
    tokens_per_second: 38.2,
    finish_reason: "stop",
    notes: [],
  };
}

export function started(column: number, answer_id: string, adapter_details = adapterDetails): ColumnEvent {
  return {
    type: "started",
    column,
    answer_id,
    prompt_tokens: 12,
    cached_tokens: 4,
    adapter_details,
    notes: [],
  };
}

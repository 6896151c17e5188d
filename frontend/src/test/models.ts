/** Models and jobs as the server gives them, for tests. */

import type { Conversion, ConversionResult, Fit, HubModel, Job, Model } from "../api";

export function fitting(use: Fit["use"], verdict: Fit["verdict"]): Fit {
  return { use, verdict, needed_bytes: 2e9, memory_bytes: 16e9, sentence: `${use}: ${verdict}.` };
}

export const model: Model = {
  name: "tiny",
  path: "/home/artifacts/base_model/tiny",
  model_type: "llama",
  size_bytes: 4e6,
  num_layers: 4,
  context_length: 2048,
  has_chat_template: true,
  quantization_bits: null,
  parameters: 1_971_000,
  precision: "bfloat16",
  licence: "apache-2.0",
  origin: "library",
  linked_to: null,
  repo_id: null,
  in_use: null,
  fits: [fitting("inference", "fits"), fitting("lora", "fits"), fitting("qlora", "fits")],
  problem: null,
};

export const job: Job = {
  id: "d1",
  kind: "download",
  title: "org/model",
  state: "running",
  created_at: 1,
  started_at: 2,
  finished_at: null,
  done: 400e6,
  total: 1e9,
  unit: "bytes",
  message: "model.safetensors",
  seconds_left: 60,
  reason: null,
  cancelling: false,
  can_pause: true,
  can_resume: false,
  last_seq: 3,
};

export const hubModel: HubModel = {
  repo_id: "org/model",
  revision: "0123456789abcdef",
  name: "org--model",
  model_type: "llama",
  licence: "mit",
  gated: false,
  files: [{ name: "model.safetensors", bytes: 1e9, sha256: null, blob: null }],
  download_bytes: 1e9,
  free_bytes: 50e9,
  already_bytes: 0,
  in_library: null,
  other_revision: null,
  problem: null,
};

const result: ConversionResult = {
  measured_on: "the general text",
  examples: 64,
  tokens: 5000,
  device: "cpu",
  computed_in: "float32",
  loss_before: 2,
  loss_after: 2.03,
  perplexity_before: 7.389,
  perplexity_after: 7.614,
  difference: { mean: 0.03, low: 0.02, high: 0.04 },
  unmeasured: null,
  bits_per_weight: 4.5,
  size_before_bytes: 4e6,
  size_after_bytes: 1.2e6,
  seconds: 3,
  notes: [],
};

export const conversion: Conversion = {
  job: { ...job, id: "c1", kind: "conversion", title: "tiny to 4 bit: tiny-4bit", state: "completed" },
  request: {
    model_name: "tiny",
    name: "tiny-4bit",
    bits: 4,
    mixed: null,
    dtype: null,
    group_size: 64,
    measure_on: null,
  },
  result,
};

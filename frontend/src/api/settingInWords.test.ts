import { expect, test } from "vitest";
import type { TrainingConfig } from "./generated";
import { settingInWords } from "./settingInWords";

const config = { optimizer: "adamw", weight_decay: null } as TrainingConfig;

test.each([
  ["weight_decay", {}, "0.01"],
  ["weight_decay", { optimizer: "sgd" }, "none"],
  ["weight_decay", { weight_decay: 0 }, "0"],
  ["val_batches", { val_batches: -1 }, "all"],
  ["lora_num_layers", { lora_num_layers: -1 }, "all"],
  ["lora_num_layers", { lora_num_layers: 2 }, "2 layers"],
  ["iterations", { iterations: 7329 }, "7,329 steps"],
  ["batch_size", { batch_size: 1 }, "1 example"],
  ["grad_accumulation_steps", { grad_accumulation_steps: 1 }, "1 batch"],
  ["local_processes", { local_processes: 2 }, "2 processes"],
  ["local_processes", { local_processes: 1 }, "1 process"],
  ["learning_rate", { learning_rate: 0.0001 }, "1e-4"],
  ["rank_pattern", { rank_pattern: { attention: 8, "mlp.*": 64 } }, "attention: 8, mlp.*: 64"],
  ["rank_pattern", { rank_pattern: {} }, "none"],
  ["early_stop", { early_stop: true }, "yes"],
] as const)("%s of %o is shown as %s", (name, changes, words) => {
  expect(settingInWords({ ...config, ...changes } as TrainingConfig, name)).toBe(words);
});

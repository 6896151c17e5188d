import { expect, test } from "vitest";
import type { TrainingConfig } from "../../api";
import { defaults, readConfig } from "./form";
import { differing, toFill, toYaml } from "./settingsText";

const values = { ...defaults(), model_path: "tiny", train_data_path: "rows", on_existing: "replace" };

test("the text has one setting a line, and nothing of what was agreed to for one start only", () => {
  const config = readConfig({ ...values, lora_keys: "mlp.*", targets: "custom" }) as TrainingConfig;
  const lines = toYaml(config).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    'model_path: "tiny"',
    'train_data_path: "rows"',
    "val_data_path: null",
    "learning_rate: 0.0001",
  ]);
  expect(lines).toContain('lora_keys: ["mlp.*"]');
  expect(toYaml(config)).not.toContain("on_existing");
});

test("what a text would change is known before it is taken", () => {
  const read = { lora_rank: 8, iterations: 7329, on_existing: "replace" as const };
  expect(differing(values, read)).toEqual(["lora_rank"]);
  expect(toFill(read)).toEqual({ lora_rank: 8, iterations: 7329 });
});

import { expect, test } from "vitest";
import type { SessionDetail, TrainingConfig } from "../../api";
import { again, asItIs, freeName } from "./again";
import { loadDraft, saveDraft } from "./draft";
import { describe } from "./fields";
import { defaults, formRules, fromConfig, readConfig } from "./form";
import { unguided } from "./guidance";

const chosen = { ...defaults(), model_path: "tiny", train_data_path: "rows" };

function messages(values: object): Record<string, string> {
  const { error } = formRules.safeParse({ ...chosen, ...values });
  return Object.fromEntries(error?.issues.map(({ path, message }) => [path.join("."), message]) ?? []);
}

test("an untouched form asks for the backend's defaults, without insisting on the name", () => {
  const config = readConfig(chosen);
  expect(config).toMatchObject({
    model_path: "tiny",
    train_data_path: "rows",
    learning_rate: 1e-4,
    iterations: 7329,
    lora_rank: 32,
    lora_num_layers: -1,
    early_stop: true,
    lora_scale: null,
    lora_keys: null,
  });
  expect(config).not.toHaveProperty("adapter_name");
});

test("numbers are read as people write them", () => {
  expect(
    readConfig({ ...chosen, learning_rate: " 2.5e-4 ", lora_scale: "2", adapter_name: "voice" }),
  ).toMatchObject({
    learning_rate: 0.00025,
    lora_scale: 2,
    adapter_name: "voice",
  });
});

test("what cannot be read is said beside its field", () => {
  expect(messages({ lora_rank: "many", learning_rate: "fast", batch_size: "1.5", model_path: "" })).toEqual({
    model_path: "Choose a base model, or type the path of its folder.",
    lora_rank: "'Rank' is a whole number, such as 32.",
    learning_rate: "'Learning rate' is a number, such as 1e-4.",
    batch_size: "'Batch size' is a whole number, such as 1.",
  });
  expect(readConfig({ ...chosen, iterations: "" })).toBeNull();
});

test("keys are sent with a custom choice only", () => {
  const keys = "self_attn.q_proj, mlp.up_proj";
  expect(readConfig({ ...chosen, targets: "custom", lora_keys: keys })?.lora_keys).toEqual([
    "self_attn.q_proj",
    "mlp.up_proj",
  ]);
  expect(readConfig({ ...chosen, targets: "full", lora_keys: keys })?.lora_keys).toBeNull();
});

test("the settings of a run come back as they were", () => {
  const config = readConfig({
    ...chosen,
    adapter_name: "voice",
    lora_rank: "8",
    lora_scale: "2",
    targets: "custom",
    lora_keys: "attention mlp.*",
    rank_pattern: "mlp.*: 4\nattention: 16",
    alpha_pattern: "attention: 0.5",
    hosts: "one.local\n10.0.0.2",
  }) as TrainingConfig;
  expect(config).toMatchObject({
    lora_keys: ["attention", "mlp.*"],
    rank_pattern: { "mlp.*": 4, attention: 16 },
    hosts: ["one.local", "10.0.0.2"],
  });
  expect(readConfig(fromConfig(config))).toEqual(config);
});

test("used again they stand under the next free name", () => {
  const session = {
    adapter_name: "voice-2",
    config: { ...readConfig(chosen), lora_rank: 8 },
  } as SessionDetail;
  expect(again(session, ["voice", "voice-2", "voice-3"])).toMatchObject({
    adapter_name: "voice-4",
    on_existing: "new_name",
    lora_rank: "8",
  });
  expect(freeName("voice", ["other"])).toBe("voice");
  expect(freeName("n".repeat(128), ["n".repeat(128)])).toBe(`${"n".repeat(126)}-2`);
  expect(asItIs(session)).toMatchObject({ adapter_name: "voice-2", on_existing: "refuse" });
});

test("a setting that does not apply is sent as its default, whatever was typed there", () => {
  const full = {
    fine_tune_type: "full",
    targets: "custom",
    lora_keys: "attention",
    lora_rank: "many",
    rank_pattern: "attention: x",
    loraplus_lr_ratio: "16",
    use_rslora: true,
  };
  expect(readConfig({ ...chosen, ...full, lora_num_layers: "2" })).toMatchObject({
    fine_tune_type: "full",
    targets: "full",
    lora_keys: null,
    lora_rank: 32,
    rank_pattern: {},
    loraplus_lr_ratio: 1,
    use_rslora: false,
    lora_num_layers: 2,
  });
  expect(readConfig({ ...chosen, batch_size: "8", batch_tokens: "4096" })).toMatchObject({
    batch_size: 1,
    batch_tokens: 4096,
  });
  expect(readConfig({ ...chosen, early_stop: false, patience: "x" })).toMatchObject({ patience: 3 });
});

test("a setting keeps every digit that it was trained with", () => {
  const config = readConfig({ ...chosen, learning_rate: "1.2345e-4" });
  expect(fromConfig(config as TrainingConfig).learning_rate).toBe("1.2345e-4");
});

test("what is usual, else what is possible, and the default are said as a sentence", () => {
  expect(describe("lora_rank").limits).toBe("Usually 8 to 64, default 32.");
  expect(describe("learning_rate").limits).toBe("Usually 1e-5 to 1e-3, default 1e-4.");
  expect(describe("weight_decay").limits).toBe("Usually 0 to 0.1, empty by default.");
  expect(describe("local_processes").limits).toBe("At least 1, default 1.");
  expect(describe("val_batches").limits).toBe("Default -1.");
  expect(describe("adapter_name").limits).toBe("");
});

test("a draft comes back to where it was made; a link to a run means its settings as they are", () => {
  const typed = { ...chosen, lora_rank: "7" };
  const from = { kind: "from", sessionId: "a" } as const;
  const led = { ...unguided, length: { by: "epochs", epochs: "2" } } as const;
  saveDraft(from, typed, led);
  expect(loadDraft(from, true)).toEqual({ values: typed, guidance: led });
  expect(loadDraft(from, false)).toBeNull();
  expect(loadDraft({ ...from, sessionId: "b" }, true)).toBeNull();
  expect(loadDraft({ kind: "new" }, false)?.values).toEqual(typed);
  saveDraft({ kind: "change", sessionId: "c" }, { ...typed, lora_rank: "9" }, unguided);
  expect(loadDraft({ kind: "new" }, true)?.values).toEqual(typed);
  expect(loadDraft({ kind: "change", sessionId: "c" }, true)?.values.lora_rank).toBe("9");
});

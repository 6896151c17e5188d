import { expect, test } from "vitest";
import type { Dataset, Model, Preset, SuggestedSettings } from "../../api";
import { defaults, readConfig } from "./form";
import { arrived, begin, choosePair, filled, isWaiting, type Led, released, unguided } from "./guidance";
import { changedByHand, changesOf, offers } from "./presets";
import { firstChoice } from "./suggestions";

const measured: SuggestedSettings = {
  iterations: 100,
  batch_size: 8,
  learning_rate: 1e-3,
  max_seq_length: 128,
  steps_per_report: 5,
  steps_per_eval: 10,
  save_every: 25,
};
const dataset = (name: string, suggested: Dataset["suggested"]): Dataset => ({
  name,
  path: name,
  description: null,
  format: "messages",
  rows: {},
  suggested,
  examples: [],
  bytes: 1,
  created_at: 1,
  source: null,
  done: [],
  problem: null,
});
const model = (name: string, problem: string | null = null): Model => ({
  name,
  path: name,
  model_type: "qwen2",
  size_bytes: 1,
  num_layers: 4,
  context_length: 128,
  has_chat_template: true,
  quantization_bits: null,
  parameters: 1,
  precision: "float32",
  licence: null,
  origin: "library",
  linked_to: null,
  repo_id: null,
  in_use: null,
  fits: [],
  problem,
});
const datasets = [dataset("other", {}), dataset("starter", { tiny: measured })];

test("a first visit starts with the pair that was measured, else with what can be used", () => {
  expect(firstChoice([model("broken", "No weights."), model("big"), model("tiny")], datasets)).toEqual({
    model: "tiny",
    data: "starter",
  });
  expect(firstChoice([model("broken", "No weights."), model("big")], datasets)).toEqual({
    model: "big",
    data: "other",
  });
  expect(firstChoice([], [])).toEqual({ model: "", data: "" });
});

const models = [model("tiny"), model("big")];

const preset = (name: Preset["name"], changes: Partial<Preset["settings"]> = {}): Preset => ({
  name,
  title: name,
  why: "Since it is so.",
  settings: {
    ...measured,
    batch_tokens: null,
    grad_accumulation_steps: 1,
    lr_schedule: "cosine",
    warmup_steps: 3,
    val_batches: -1,
    early_stop: true,
    patience: 5,
    ...changes,
  },
  epochs: 2,
  tokens: 900,
  iterations: 100,
});

const on = (model_path: string, train_data_path: string) => ({
  ...defaults(),
  model_path,
  train_data_path,
});
const led = (values = on("tiny", "other")): Led => ({ values, guidance: unguided, dropped: [] });

test("a choice fills the form, says what it changed, and is taken back whole", () => {
  const solid = filled(led(), "solid", preset("solid").settings);
  expect(readConfig(solid.values)).toMatchObject({ ...measured, lr_schedule: "cosine", patience: 5 });
  const choice = solid.guidance.choice ?? expect.fail();
  expect(changesOf(choice).slice(0, 2)).toEqual([
    { title: "Iterations", from: "7329", to: "100" },
    { title: "Batch size", from: "1", to: "8" },
  ]);
  expect(changesOf(choice).map(({ title }) => title)).not.toContain("Stop early");
  expect(released(solid)).toEqual(led());
});

test("another choice takes the first one's place, so that the way back leads to where it began", () => {
  const quick = filled(led(), "quick", preset("quick", { iterations: 40 }).settings);
  const solid = filled(quick, "solid", preset("solid").settings);
  expect(released(solid).values).toEqual(led().values);
});

test("what is changed by hand is named, and stays when the choice is taken back", () => {
  const solid = filled(led(), "solid", preset("solid").settings);
  const typed = { ...solid, values: { ...solid.values, iterations: "55" } };
  expect(changedByHand(typed.values, typed.guidance.choice ?? expect.fail())).toEqual(["iterations"]);
  expect(readConfig(released(typed).values)).toMatchObject({ iterations: 55, batch_size: 1 });
});

test("measured settings are there at once, and the rest of their preset when the data is counted", () => {
  const first = begin(on("tiny", "starter"), datasets);
  expect(readConfig(first.values)).toMatchObject(measured);
  expect(first.guidance).toMatchObject({ choice: { name: "solid" }, waiting: "solid" });
  expect(isWaiting(first.guidance)).toBe(false);
  const whole = arrived(first, preset("solid").settings);
  expect(readConfig(whole.values)).toMatchObject({ ...measured, patience: 5 });
  expect(released(whole).values).toEqual(on("tiny", "starter"));
});

test("where nothing was measured, the form waits for a quick look, but not over what was typed meanwhile", () => {
  const first = begin(on("tiny", "other"), datasets);
  expect(isWaiting(first.guidance)).toBe(true);
  expect(arrived(first, preset("quick").settings).guidance.choice?.name).toBe("quick");
  const typed = { ...first, values: { ...first.values, iterations: "9" } };
  expect(arrived(typed, preset("quick").settings)).toEqual({
    ...typed,
    guidance: { ...unguided, waiting: null },
  });
  expect(begin(on("", ""), datasets).guidance.waiting).toBeNull();
});

test("measured settings come with their pair and go with it, but what was typed stays", () => {
  const followed = choosePair(led(), { train_data_path: "starter" }, models, datasets);
  expect(readConfig(followed.values)).toMatchObject(measured);
  const left = choosePair(followed, { train_data_path: "other" }, models, datasets);
  expect(readConfig(left.values)).toMatchObject({ iterations: 7329, learning_rate: 1e-4 });
  expect(left.guidance).toMatchObject({ choice: { name: "solid", set: {} }, waiting: "solid" });
  const typed = { ...followed, values: { ...followed.values, iterations: "55" } };
  const kept = choosePair(typed, { train_data_path: "other" }, models, datasets);
  expect(readConfig(kept.values)).toMatchObject({ iterations: 55, learning_rate: 1e-3 });
});

test("what is typed while a preset follows to other data stays as it was typed", () => {
  const moved = choosePair(
    filled(led(), "solid", preset("solid").settings),
    { model_path: "big" },
    models,
    datasets,
  );
  const typed = { ...moved, values: { ...moved.values, learning_rate: "3e-4" } };
  const after = arrived(typed, preset("solid").settings);
  expect(after.values).toEqual(typed.values);
  expect(after.guidance).toMatchObject({ waiting: null, over: null });
});

test("a preset follows to another model, settings of a file stay as they are", () => {
  const solid = filled(led(), "solid", preset("solid").settings);
  const moved = choosePair(solid, { model_path: "big" }, models, datasets);
  expect(arrived(moved, preset("solid", { batch_size: 2 }).settings).values.batch_size).toBe("2");
  const file = filled(led(), "file", { lora_rank: 4 }, "voice");
  const same = choosePair(file, { model_path: "big" }, models, datasets);
  expect(same).toEqual({ ...file, values: { ...file.values, model_path: "big" } });
});

test("what does not apply to another model or data goes back to its default and is named", () => {
  const values = {
    ...on("tiny", "rows"),
    lora_num_layers: "9",
    resume_adapter_file: "a.safetensors",
    val_data_path: "v.jsonl",
    lora_rank: "8",
  };
  const moved = choosePair(led(values), { model_path: "big", train_data_path: "other" }, models, datasets);
  expect(moved.dropped).toEqual([
    { field: "resume_adapter_file", why: "that adapter was made for tiny" },
    { field: "lora_num_layers", why: "big has only 4 layers" },
    { field: "val_data_path", why: "it belongs to rows" },
  ]);
  expect(readConfig(moved.values)).toMatchObject({
    lora_num_layers: -1,
    resume_adapter_file: null,
    val_data_path: null,
    lora_rank: 8,
  });
});

test("the same model and data again change nothing, also where something was measured for them", () => {
  const own = led({ ...on("tiny", "starter"), iterations: "6" });
  expect(choosePair(own, {}, models, datasets)).toBe(own);
  expect(choosePair(own, { model_path: "tiny", train_data_path: "starter" }, models, datasets)).toBe(own);
});

test("presets that are not known yet hold their places; what was measured can be chosen already", () => {
  expect(offers(undefined, measured).map(({ name, settings }) => [name, settings !== null])).toEqual([
    ["quick", false],
    ["solid", true],
    ["thorough", false],
  ]);
  expect(offers([preset("quick")], undefined)[0]).toEqual({ ...preset("quick"), measured: false });
});

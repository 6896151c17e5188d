/**
 * Ways to fill the form with one choice: the three presets, and settings of a file. A choice remembers what it set and
 * what stood there before. Knows no components.
 */

import type { Preset, SuggestedSettings, TrainingConfig } from "../../api";
import { describe, type FieldName, type FormValues } from "./fields";
import { defaults, withSettings } from "./form";

export type PresetName = Preset["name"];

/** Settings of a file fill the form as a preset does. */
export type Filler = PresetName | "file";

/** What a choice offers, with what is known of it; `settings` is null until the data is counted. */
export interface Offer {
  name: PresetName;
  title: string;
  why: string;
  settings: Partial<TrainingConfig> | null;
  epochs: number | null;
  tokens: number | null;
  /** whether its settings were measured for this model and data */
  measured: boolean;
}

export interface Choice {
  name: Filler;
  /** who set it, in words */
  title: string;
  /** what it set, and what stood there before, as the form shows them */
  set: Partial<FormValues>;
  before: Partial<FormValues>;
}

/** What every preset sets; a preset is asked for without them, so that it never follows from itself. */
const ownFields: FieldName[] = [
  "iterations",
  "batch_size",
  "batch_tokens",
  "grad_accumulation_steps",
  "learning_rate",
  "lr_schedule",
  "warmup_steps",
  "max_seq_length",
  "steps_per_report",
  "steps_per_eval",
  "save_every",
  "val_batches",
  "early_stop",
  "patience",
];

const beside: FieldName[] = ["adapter_name", "on_existing", "seed", "resume_adapter_file"];

/** The form without what presets set, or do not follow from. */
export function presetsAskedWith(values: FormValues): FormValues {
  const initial = defaults();
  return { ...values, ...only(initial, [...ownFields, ...beside]) };
}

const titles: [PresetName, string][] = [
  ["quick", "A quick look"],
  ["solid", "A solid run"],
  ["thorough", "A thorough run"],
];

/** The preset that takes settings as they were measured. */
export const measuredPreset: PresetName = "solid";

/** What can be chosen; presets that are not known yet hold their places, but for what was measured, which is known. */
export function offers(presets: Preset[] | undefined, suggested: SuggestedSettings | undefined): Offer[] {
  return titles.map(([name, title]) => {
    const measured = suggested !== undefined && name === measuredPreset;
    const preset = presets?.find((one) => one.name === name);
    if (preset) return { ...preset, measured };
    const settings = measured ? suggested : null;
    return { name, title, why: "", settings, epochs: null, tokens: null, measured };
  });
}

/** The form with a choice made. What an earlier choice set and nobody changed goes back first. */
export function take(
  values: FormValues,
  earlier: Choice | null,
  { name, title }: Pick<Choice, "name" | "title">,
  settings: Partial<TrainingConfig>,
): { values: FormValues; choice: Choice } {
  const free = earlier ? takeBack(values, earlier) : values;
  const names = Object.keys(settings) as FieldName[];
  const next = withSettings(free, settings);
  return { values: next, choice: { name, title, set: only(next, names), before: only(free, names) } };
}

/** What stood there before, but for what was changed by hand since. */
export function takeBack(values: FormValues, choice: Choice): FormValues {
  const names = namesOf(choice).filter((name) => values[name] === choice.set[name]);
  return { ...values, ...only(choice.before as FormValues, names) };
}

/** The form as the choice had set it. */
export function setAgain(values: FormValues, choice: Choice): FormValues {
  return { ...values, ...choice.set };
}

export function changedByHand(values: FormValues, choice: Choice): FieldName[] {
  return namesOf(choice).filter((name) => values[name] !== choice.set[name]);
}

export interface Change {
  title: string;
  from: string;
  to: string;
}

/** What the choice made different, in words. */
export function changesOf(choice: Choice): Change[] {
  return namesOf(choice)
    .filter((name) => choice.before[name] !== choice.set[name])
    .map((name) => ({
      title: describe(name).title,
      from: inWords(choice.before[name]),
      to: inWords(choice.set[name]),
    }));
}

function inWords(value: string | boolean | undefined): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value || "empty";
}

function namesOf({ set }: Choice): FieldName[] {
  return Object.keys(set) as FieldName[];
}

function only(values: FormValues, names: FieldName[]): Partial<FormValues> {
  return Object.fromEntries(names.map((name) => [name, values[name]])) as Partial<FormValues>;
}

/**
 * The form's rules: what is typed stays text until it is read as a TrainingConfig. Knows no components, and no ranges:
 * the backend judges values, in its own words.
 */

import { z } from "zod";
import type { SuggestedSettings, TrainingConfig } from "../../api";
import { rate } from "../../ui/format";
import { describe, type FieldDescription, type FieldName, fieldNames } from "./fields";

// The server's content policy allows no code made from text, which zod would try for speed.
z.config({ jitless: true });

export type FormValues = Record<FieldName, string | boolean>;

/** The backend's defaults as the form shows them. */
export function defaults(): FormValues {
  return mapFields((name) => written(describe(name), describe(name).initial));
}

/** The settings of an earlier run, as the form shows them; its name goes on to the next free one. */
export function fromConfig(config: TrainingConfig): FormValues {
  const values = mapFields((name) => written(describe(name), config[name] ?? describe(name).initial));
  return { ...values, on_existing: "new_name" };
}

export function withSettings(values: FormValues, settings: Partial<TrainingConfig>): FormValues {
  const changed = Object.entries(settings) as [FieldName, unknown][];
  return {
    ...values,
    ...Object.fromEntries(changed.map(([name, value]) => [name, written(describe(name), value)])),
  };
}

/** Whether the form says exactly what was measured. */
export function follows(values: FormValues, settings: SuggestedSettings): boolean {
  const wanted = withSettings(values, settings);
  return Object.keys(settings).every((name) => wanted[name as FieldName] === values[name as FieldName]);
}

/** The measured settings taken back: the backend's defaults in their place. */
export function withDefaults(values: FormValues, settings: SuggestedSettings): FormValues {
  const initial = defaults();
  const names = Object.keys(settings) as FieldName[];
  return { ...values, ...Object.fromEntries(names.map((name) => [name, initial[name]])) };
}

export const formRules = z.object(
  Object.fromEntries(fieldNames.map((name) => [name, rule(name)])) as Record<FieldName, z.ZodType>,
);

/** What the backend is asked with, or null while a field cannot be read or something is not chosen yet. */
export function readConfig(values: FormValues): TrainingConfig | null {
  const read = formRules.safeParse(values);
  return read.success ? toConfig(read.data) : null;
}

/** An unchanged name is left out: only a name that was given is refused when it is taken. */
export function toConfig(read: Record<string, unknown>): TrainingConfig {
  const config = { ...read } as unknown as TrainingConfig;
  if (config.adapter_name === describe("adapter_name").initial) delete config.adapter_name;
  if (config.targets !== "custom") config.lora_keys = null;
  return config;
}

function rule(name: FieldName): z.ZodType {
  const field = describe(name);
  if (field.kind === "boolean") return z.boolean();
  if (field.kind === "list") return z.string().transform(readKeys);
  if (field.kind === "text") return textRule(name, field);
  const number = numberRule(field);
  const text = z.string().transform((typed) => typed.trim());
  if (!field.optional) return text.transform(readNumber).pipe(number);
  return text.transform((typed) => (typed === "" ? null : readNumber(typed))).pipe(number.nullable());
}

function textRule(name: FieldName, field: FieldDescription): z.ZodType {
  const text = z.string().trim();
  if (field.optional) return text.transform((typed) => typed || null);
  const missing: Partial<Record<FieldName, string>> = {
    model_path: "Choose a base model, or type the path of its folder.",
    train_data_path: "Choose a data set, or type the path of a folder or file.",
    adapter_name: "Give the adapter a name.",
  };
  return text.min(1, missing[name] ?? `'${field.title}' is needed.`);
}

function numberRule(field: FieldDescription) {
  const example = typeof field.initial === "number" ? `, such as ${plain(field.initial)}` : "";
  const sentence = `'${field.title}' is a ${field.kind === "integer" ? "whole number" : "number"}${example}.`;
  const number = z.number({ error: sentence });
  return field.kind === "integer" ? number.int(sentence) : number;
}

function readNumber(typed: string): number {
  return typed === "" ? Number.NaN : Number(typed);
}

function readKeys(typed: string): string[] | null {
  const keys = typed.split(/[\s,]+/).filter(Boolean);
  return keys.length > 0 ? keys : null;
}

function written(field: FieldDescription, value: unknown): string | boolean {
  if (field.kind === "boolean") return Boolean(value);
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return plain(value);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** 0.0001 is written 1e-4, 32768 as it is. */
function plain(value: number): string {
  return Math.abs(value) > 0 && Math.abs(value) < 0.01 ? rate(value) : String(value);
}

function mapFields(value: (name: FieldName) => string | boolean): FormValues {
  return Object.fromEntries(fieldNames.map((name) => [name, value(name)])) as FormValues;
}

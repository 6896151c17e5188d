/**
 * The form's rules: what is typed stays text until it is read as a TrainingConfig. Knows no components, and no ranges:
 * the backend judges values, in its own words.
 */

import { z } from "zod";
import type { TrainingConfig } from "../../api";
import { applies } from "./applies";
import {
  describe,
  type FieldDescription,
  type FieldName,
  type FormValues,
  fieldNames,
  plain,
} from "./fields";
import { readPattern, textOf } from "./patterns";

// The server's content policy allows no code made from text, which zod would try for speed.
z.config({ jitless: true });

/** The backend's defaults as the form shows them. */
export function defaults(): FormValues {
  return mapFields(initialOf);
}

/** The settings of a run, as the form shows them. */
export function fromConfig(config: TrainingConfig): FormValues {
  return mapFields((name) => written(describe(name), config[name] ?? describe(name).initial));
}

export function withSettings(values: FormValues, settings: Partial<TrainingConfig>): FormValues {
  const changed = Object.entries(settings) as [FieldName, unknown][];
  return {
    ...values,
    ...Object.fromEntries(changed.map(([name, value]) => [name, written(describe(name), value)])),
  };
}

/** What does not apply is read as its default, whatever was typed there before. */
export const formRules = z.preprocess(
  (typed) => {
    const values = typed as FormValues;
    return { ...values, ...mapFields((name) => (applies(name, values) ? values[name] : initialOf(name))) };
  },
  z.object(Object.fromEntries(fieldNames.map((name) => [name, rule(name)])) as Record<FieldName, z.ZodType>),
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
  return config;
}

function rule(name: FieldName): z.ZodType {
  const field = describe(name);
  if (field.kind === "boolean") return z.boolean();
  if (field.kind === "list") return z.string().transform((text) => readList(text, field.optional));
  if (field.kind === "pattern") return patternRule(field);
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

function patternRule({ title, whole }: FieldDescription) {
  return z.string().transform((text, context) => {
    const read = readPattern(text, title, whole);
    if ("numbers" in read) return read.numbers;
    context.issues.push({ code: "custom", message: read.problem, input: text });
    return z.NEVER;
  });
}

/** Words between spaces, commas or lines. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function readList(typed: string, optional: boolean): string[] | null {
  const words = wordsOf(typed);
  return words.length > 0 || !optional ? words : null;
}

function written(field: FieldDescription, value: unknown): string | boolean {
  if (field.kind === "boolean") return Boolean(value);
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return plain(value);
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value !== "object") return String(value);
  return textOf(Object.entries(value).map(([module, number]) => ({ module, number: plain(number) })));
}

function initialOf(name: FieldName): string | boolean {
  return written(describe(name), describe(name).initial);
}

function mapFields(value: (name: FieldName) => string | boolean): FormValues {
  return Object.fromEntries(fieldNames.map((name) => [name, value(name)])) as FormValues;
}

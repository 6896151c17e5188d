/** The settings of a run as the backend describes them: titles, help, defaults and limits come from its schema. */

import type { TrainingConfig } from "../../api";
import schema from "../../api/trainingConfig.json";

export type FieldName = keyof TrainingConfig;

export type FormValues = Record<FieldName, string | boolean>;

interface Described {
  title: string;
  description: string;
  type?: string;
  anyOf?: { type: string }[];
  additionalProperties?: { type: string };
  default?: unknown;
  enum?: string[];
  unit?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  typical?: number[];
}

export interface FieldDescription {
  title: string;
  help: string;
  /** what may be typed and what stands there untouched, as a sentence; empty where the help says it all */
  limits: string;
  /** `pattern` gives a number to each of several modules or groups */
  kind: "number" | "integer" | "boolean" | "list" | "pattern" | "text";
  /** of a pattern: whether its numbers are whole */
  whole: boolean;
  optional: boolean;
  initial: unknown;
  choices: string[];
  unit: string | undefined;
}

const described: Record<FieldName, Described> = schema;

export const fieldNames = Object.keys(described) as FieldName[];

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(described, name);
}

export function describe(name: FieldName): FieldDescription {
  const field = described[name];
  return {
    title: field.title,
    help: field.description,
    limits: limits(field),
    kind: kind(field),
    whole: field.additionalProperties?.type === "integer",
    optional: isOptional(field),
    initial: field.default ?? null,
    choices: field.enum ?? [],
    unit: field.unit,
  };
}

/** 0.0001 is written 1e-4, 32768 as it is; every digit is kept. */
export function plain(value: number): string {
  return Math.abs(value) > 0 && Math.abs(value) < 0.01 ? value.toExponential() : String(value);
}

const kinds: Record<string, FieldDescription["kind"]> = {
  number: "number",
  integer: "integer",
  boolean: "boolean",
  array: "list",
  object: "pattern",
};

function kind(field: Described): FieldDescription["kind"] {
  const type = field.type ?? field.anyOf?.find((option) => option.type !== "null")?.type;
  return kinds[type ?? ""] ?? "text";
}

function isOptional(field: Described): boolean {
  return field.anyOf?.some((option) => option.type === "null") ?? false;
}

/** "Usually 8 to 64, default 32."; what is possible where nothing is known to be usual. */
function limits(field: Described): string {
  const [low, high] = field.typical ?? [];
  const usual = low !== undefined && high !== undefined && `usually ${plain(low)} to ${plain(high)}`;
  const parts = [usual || range(field), initialInWords(field)];
  const sentence = parts.filter(Boolean).join(", ");
  return sentence && `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`;
}

function initialInWords(field: Described): string | false {
  if (typeof field.default === "number") return `default ${plain(field.default)}`;
  return isOptional(field) && field.typical !== undefined && "empty by default";
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Described): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  // -1 stands for something else than a number, which the help says.
  const low =
    minimum !== undefined && minimum !== -1
      ? `at least ${plain(minimum)}`
      : exclusiveMinimum !== undefined && `above ${plain(exclusiveMinimum)}`;
  const high =
    maximum !== undefined
      ? `at most ${plain(maximum)}`
      : exclusiveMaximum !== undefined && `below ${plain(exclusiveMaximum)}`;
  return [low, high].filter(Boolean).join(", ");
}

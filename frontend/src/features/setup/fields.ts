/** The settings of a run as the backend describes them: titles, help, defaults and limits come from its schema. */

import type { TrainingConfig } from "../../api";
import schema from "../../api/trainingConfig.json";

export type FieldName = keyof TrainingConfig;

interface Described {
  title: string;
  description: string;
  type?: string;
  anyOf?: { type: string }[];
  default?: unknown;
  enum?: string[];
  unit?: string;
}

export interface FieldDescription {
  title: string;
  help: string;
  kind: "number" | "integer" | "boolean" | "list" | "text";
  optional: boolean;
  initial: unknown;
  choices: string[];
  unit: string | undefined;
}

const described: Record<FieldName, Described> = schema;

export const fieldNames = Object.keys(described) as FieldName[];

export function describe(name: FieldName): FieldDescription {
  const field = described[name];
  const type = field.type ?? field.anyOf?.find((option) => option.type !== "null")?.type;
  return {
    title: field.title,
    help: field.description,
    kind:
      type === "number" || type === "integer" || type === "boolean"
        ? type
        : type === "array"
          ? "list"
          : "text",
    optional: field.anyOf?.some((option) => option.type === "null") ?? false,
    initial: field.default ?? null,
    choices: field.enum ?? [],
    unit: field.unit,
  };
}

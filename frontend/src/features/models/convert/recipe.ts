/** What a conversion is to make of a model, as the address says it and as the server is asked. Knows no components. */

import type { ConversionRequest } from "../../../api";

type Bits = NonNullable<ConversionRequest["bits"]>;
type Mixed = NonNullable<ConversionRequest["mixed"]>;
type WeightType = NonNullable<ConversionRequest["dtype"]>;
type GroupSize = NonNullable<ConversionRequest["group_size"]>;

export const kinds = ["8", "6", "4", "mixed", "dtype"] as const;
export type Kind = (typeof kinds)[number];
export const mixes: Mixed[] = ["mixed_4_6", "mixed_3_6", "mixed_3_4", "mixed_2_6"];
export const weightTypes: WeightType[] = ["bfloat16", "float16", "float32"];
export const groupSizes: GroupSize[] = [32, 64, 128];

export interface Choices {
  kind: Kind;
  mixed: Mixed;
  dtype: WeightType;
  groupSize: GroupSize;
  /** the data set that is measured on; "" is the general text */
  measureOn: string;
  /** of the new model, as typed; null takes the usual one */
  name: string | null;
}

const usual: Choices = {
  kind: "4",
  mixed: "mixed_4_6",
  dtype: "bfloat16",
  groupSize: 64,
  measureOn: "",
  name: null,
};

export function readChoices(search: URLSearchParams): Choices {
  const oneOf = <Value extends string | number>(all: readonly Value[], name: string, otherwise: Value) =>
    all.find((value) => String(value) === search.get(name)) ?? otherwise;
  return {
    kind: oneOf(kinds, "to", usual.kind),
    mixed: oneOf(mixes, "mixed", usual.mixed),
    dtype: oneOf(weightTypes, "dtype", usual.dtype),
    groupSize: oneOf(groupSizes, "group", usual.groupSize),
    measureOn: search.get("on") ?? usual.measureOn,
    name: search.get("name"),
  };
}

/** The address with these choices; what is as it usually is is left out. */
export function writeChoices(choices: Choices): URLSearchParams {
  const { kind, mixed, dtype, groupSize, measureOn, name } = choices;
  const search = new URLSearchParams();
  if (kind !== usual.kind) search.set("to", kind);
  if (kind === "mixed" && mixed !== usual.mixed) search.set("mixed", mixed);
  if (kind === "dtype" && dtype !== usual.dtype) search.set("dtype", dtype);
  if (groupSize !== usual.groupSize) search.set("group", String(groupSize));
  if (measureOn) search.set("on", measureOn);
  if (name !== null) search.set("name", name);
  return search;
}

/** `taken` are the names that a new model cannot have. */
export function requestOf(choices: Choices, modelName: string, taken: string[] = []): ConversionRequest {
  const { kind, mixed, dtype, groupSize, measureOn, name } = choices;
  return {
    model_name: modelName,
    name: name ?? usualName(choices, modelName, taken),
    bits: kind === "mixed" || kind === "dtype" ? null : (Number(kind) as Bits),
    mixed: kind === "mixed" ? mixed : null,
    dtype: kind === "dtype" ? dtype : null,
    group_size: groupSize,
    measure_on: measureOn || null,
  };
}

/** The fields of a request beside which the form shows what is wrong with them; a shut drawer shows nothing. */
export function fieldsInSight({ kind }: Choices): string[] {
  const always = ["name", "bits"];
  return kind === "mixed" || kind === "dtype" ? [...always, kind] : always;
}

/** The model's own name with what is made of it behind, and a number where that is taken. */
function usualName({ kind, mixed, dtype }: Choices, modelName: string, taken: string[]): string {
  const made = kind === "mixed" ? mixed.replaceAll("_", "-") : kind === "dtype" ? dtype : `${kind}bit`;
  const usual = `${modelName}-${made}`;
  let name = usual;
  for (let number = 2; taken.includes(name); number++) name = `${usual}-${number}`;
  return name;
}

/** "4 bit", "mixed 3 and 6 bit", "bfloat16". */
export function called({ bits, mixed, dtype }: ConversionRequest): string {
  if (mixed) return mixInWords(mixed);
  return bits ? `${bits} bit` : (dtype ?? "");
}

export function mixInWords(mixed: Mixed): string {
  const [, low, high] = mixed.split("_");
  return `mixed ${low} and ${high} bit`;
}

/** A setting of a run as it is shown: with its unit, and in words where the number stands for something. */

import { rate, whole } from "../ui/format";
import type { TrainingConfig } from "./generated";
import schema from "./trainingConfig.json";

const decayLeftOpen: Partial<Record<string, string>> = { adamw: "0.01", muon: "0.01" };

export function settingInWords(config: TrainingConfig, name: keyof TrainingConfig): string {
  const value = config[name];
  if (name === "weight_decay" && value === null) return decayLeftOpen[config.optimizer ?? "adamw"] ?? "none";
  if (name === "val_batches" && value === -1) return "all";
  if (name === "lora_num_layers" && (value === -1 || value === 0)) return "all";
  if (typeof value === "number") return `${number(value)}${unit(name, value)}`;
  return written(value);
}

function number(value: number): string {
  if (Number.isInteger(value)) return whole(value);
  return Math.abs(value) < 0.01 ? rate(value) : String(value);
}

function unit(name: keyof TrainingConfig, value: number): string {
  const described = schema[name];
  if (!("unit" in described)) return "";
  const several = described.unit;
  const one = several.replace(/(?<=process)es$|(?<=batch)es$|s$/, "");
  return ` ${value === 1 ? one : several}`;
}

function written(value: TrainingConfig[keyof TrainingConfig]): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  const parts = Array.isArray(value)
    ? value
    : Object.entries(value).map(([module, setting]) => `${module}: ${setting}`);
  return parts.join(", ") || "none";
}

/** What is compared, as the address says it: a reload or a shared link asks the same question of the same two. */

import type { Adapter, Model } from "../../api";

export interface Comparison {
  base: string;
  adapter: string;
  data: string;
  prompt: string | null;
  temperature: string;
  tokens: string;
}

// At 0 both sides give their likeliest words, so that what differs is what was trained.
const initialTemperature = "0";
const initialTokens = "100";

export function readComparison(search: URLSearchParams): Comparison {
  return {
    base: search.get("base") ?? "",
    adapter: search.get("adapter") ?? "",
    data: search.get("data") ?? "",
    prompt: search.get("prompt"),
    temperature: search.get("temperature") ?? initialTemperature,
    tokens: search.get("tokens") ?? initialTokens,
  };
}

export function writeComparison(comparison: Comparison): Record<string, string> {
  const { base, adapter, data, prompt, temperature, tokens } = comparison;
  const told = Object.entries({ base, adapter, data, prompt: prompt ?? "" }).filter(
    ([, value]) => value !== "",
  );
  if (temperature !== initialTemperature) told.push(["temperature", temperature]);
  if (tokens !== initialTokens) told.push(["tokens", tokens]);
  return Object.fromEntries(told);
}

/** What the address leaves open: the newest adapter that can be used, and the model that it was made on. */
export function complete(comparison: Comparison, models: Model[], adapters: Adapter[]): Comparison {
  const usable = adapters.filter(({ problem }) => !problem).sort((a, b) => b.created_at - a.created_at);
  const fits = usable.filter(({ model_name }) => !comparison.base || model_name === comparison.base);
  const adapter = comparison.adapter || (fits[0]?.name ?? "");
  const made = adapters.find(({ name }) => name === adapter)?.model_name;
  const known = models.find(({ name, problem }) => name === made && !problem);
  const first = models.find(({ problem }) => !problem);
  return { ...comparison, adapter, base: comparison.base || (known ?? first)?.name || "" };
}

export interface Sampling {
  temperature: number;
  max_tokens: number;
}

export interface SamplingProblems {
  temperature?: string;
  tokens?: string;
}

export function readSampling(comparison: Comparison): {
  sampling: Sampling | null;
  problems: SamplingProblems;
} {
  const temperature = readNumber(comparison.temperature);
  const max_tokens = readNumber(comparison.tokens);
  const problems: SamplingProblems = {};
  if (!(temperature >= 0 && temperature <= 5)) problems.temperature = "A number from 0 to 5.";
  if (!(Number.isInteger(max_tokens) && max_tokens >= 1)) problems.tokens = "A whole number, at least 1.";
  const wrong = Object.keys(problems).length > 0;
  return { sampling: wrong ? null : { temperature, max_tokens }, problems };
}

function readNumber(typed: string): number {
  return typed.trim() === "" ? Number.NaN : Number(typed);
}

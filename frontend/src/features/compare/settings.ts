/** How answers are sampled: each value as it is typed, what is wrong with it, and what is sent. Pure. */

import type { CompareRequest } from "../../api";

export interface Settings {
  temperature: string;
  tokens: string;
  /** empty: another one each time */
  seed: string;
  topP: string;
  minP: string;
  topK: string;
  penalty: string;
  /** one stop string a line */
  stop: string;
  system: string;
  thinking: "" | "on" | "off";
}

// At 0 all columns give their likeliest words, so that what differs is what was trained.
export const initialSettings: Settings = {
  temperature: "0",
  tokens: "200",
  seed: "",
  topP: "0.9",
  minP: "0.05",
  topK: "40",
  penalty: "1",
  stop: "",
  system: "",
  thinking: "",
};

export type Sampling = Omit<CompareRequest, "model_name" | "prompt" | "columns">;
export type SettingsProblems = Partial<Record<keyof Settings, string>>;

const mostStops = 8;
const longestStop = 200;

export function readSettings(typed: Settings): { sampling: Sampling | null; problems: SettingsProblems } {
  const temperature = number(typed.temperature);
  const maxTokens = number(typed.tokens);
  const seed = typed.seed.trim() === "" ? null : number(typed.seed);
  const topP = number(typed.topP);
  const minP = number(typed.minP);
  const topK = number(typed.topK);
  const penalty = number(typed.penalty);
  const stop = typed.stop.split("\n").filter((line) => line !== "");

  const problems: SettingsProblems = {};
  if (!(temperature >= 0 && temperature <= 5)) problems.temperature = "A number from 0 to 5.";
  if (!isWhole(maxTokens, 1, 32_768)) problems.tokens = "A whole number from 1 to 32,768.";
  if (seed !== null && !isWhole(seed, 0, 2 ** 53)) problems.seed = "A whole number, 0 or more.";
  if (!(topP > 0 && topP <= 1)) problems.topP = "A number above 0, at most 1.";
  if (!(minP >= 0 && minP <= 1)) problems.minP = "A number from 0 to 1.";
  if (!isWhole(topK, 0, 2 ** 31)) problems.topK = "A whole number; 0 leaves it out.";
  if (!(penalty >= 0.01 && penalty <= 10)) problems.penalty = "A number from 0.01 to 10; 1 leaves it out.";
  if (stop.length > mostStops) problems.stop = `At most ${mostStops} lines.`;
  if (stop.some((line) => line.length > longestStop))
    problems.stop = `At most ${longestStop} characters a line.`;

  if (Object.keys(problems).length > 0) return { sampling: null, problems };
  const sampling: Sampling = {
    temperature,
    max_tokens: maxTokens,
    seed,
    top_p: topP,
    min_p: minP,
    top_k: topK,
    repetition_penalty: penalty,
    stop,
    system_prompt: typed.system.trim() === "" ? null : typed.system,
    chat_template_kwargs: typed.thinking === "" ? {} : { enable_thinking: typed.thinking === "on" },
  };
  return { sampling, problems };
}

function number(typed: string): number {
  return typed.trim() === "" ? Number.NaN : Number(typed);
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** What is compared, as the address says it: a reload or a shared link asks the same question of the same columns. */

import { distinctPicks, type Pick, readPick, writePick } from "../../api/picks";
import { initialSettings, type Settings } from "./settings";

export type Mode = "one" | "conversation" | "several";

/** The split that training has seen least stands first. */
export const splits = ["test", "valid", "train"] as const;
export type Split = (typeof splits)[number];

/** How many prompts of a split can be asked. */
export const counts = [5, 10, 20, 50];
const usualCount = 5;

export interface Comparison {
  base: string;
  /** whether the base model has a column of its own */
  withBase: boolean;
  /** null where the address does not say */
  picks: Pick[] | null;
  /** the data set whose prompts are offered */
  data: string;
  prompt: string | null;
  mode: Mode;
  /** of several prompts: the split that they are of, null where the address does not say */
  split: Split | null;
  /** and how many of them */
  count: number;
  settings: Settings;
}

/** What is longer stays on the page, and out of the address. */
const longestText = 1000;

const parameters: Record<Exclude<keyof Settings, "stop" | "thinking">, string> = {
  temperature: "temperature",
  tokens: "tokens",
  seed: "seed",
  topP: "top_p",
  minP: "min_p",
  topK: "top_k",
  penalty: "penalty",
  system: "system",
};

export function readComparison(search: URLSearchParams): Comparison {
  const mode = search.get("mode");
  const thinking = search.get("thinking");
  const settings: Settings = {
    ...initialSettings,
    stop: search.getAll("stop").join("\n"),
    thinking: thinking === "on" || thinking === "off" ? thinking : "",
  };
  for (const [setting, parameter] of plainSettings()) {
    settings[setting] = search.get(parameter) ?? initialSettings[setting];
  }
  return {
    base: search.get("base") ?? "",
    withBase: search.get("without") !== "base",
    picks: search.has("adapter") ? distinctPicks(search.getAll("adapter").map(readPick)) : null,
    data: search.get("data") ?? "",
    prompt: search.get("prompt"),
    mode: mode === "conversation" || mode === "several" ? mode : "one",
    split: splits.find((split) => split === search.get("split")) ?? null,
    count: counts.find((count) => String(count) === search.get("count")) ?? usualCount,
    settings,
  };
}

export function writeComparison(comparison: Comparison) {
  const { base, withBase, picks, data, prompt, mode, split, count, settings } = comparison;
  const search = new URLSearchParams();
  const add = (name: string, value: string) => value !== "" && search.append(name, value);
  add("base", base);
  if (!withBase) add("without", "base");
  if (picks?.length === 0) search.append("adapter", "");
  for (const pick of picks ?? []) add("adapter", writePick(pick));
  add("data", data);
  if (mode !== "one") add("mode", mode);
  add("split", split ?? "");
  if (count !== usualCount) add("count", String(count));
  if ((prompt?.length ?? 0) <= longestText) add("prompt", prompt ?? "");
  for (const [setting, parameter] of plainSettings()) {
    const value = settings[setting];
    if (value !== initialSettings[setting] && value.length <= longestText) search.append(parameter, value);
  }
  for (const line of settings.stop.split("\n")) add("stop", line);
  add("thinking", settings.thinking);
  return search;
}

function plainSettings() {
  return Object.entries(parameters) as [keyof typeof parameters, string][];
}

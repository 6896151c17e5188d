/** What is compared, as the address says it: a reload or a shared link asks the same question of the same columns. */

import type { Column } from "../../api";
import { initialSettings, type Settings } from "./settings";

export type Mode = "one" | "conversation" | "several";
export type AdapterFile = NonNullable<Column["adapter_file"]>;

/** An adapter and which of its weights; null takes the best, else the latest. */
export interface Pick {
  adapter: string;
  file: AdapterFile | null;
}

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
    picks: search.has("adapter") ? distinct(search.getAll("adapter").map(readPick)) : null,
    data: search.get("data") ?? "",
    prompt: search.get("prompt"),
    mode: mode === "conversation" || mode === "several" ? mode : "one",
    settings,
  };
}

export function writeComparison({ base, withBase, picks, data, prompt, mode, settings }: Comparison) {
  const search = new URLSearchParams();
  const add = (name: string, value: string) => value !== "" && search.append(name, value);
  add("base", base);
  if (!withBase) add("without", "base");
  if (picks?.length === 0) search.append("adapter", "");
  for (const pick of picks ?? []) add("adapter", writePick(pick));
  add("data", data);
  if (mode !== "one") add("mode", mode);
  if ((prompt?.length ?? 0) <= longestText) add("prompt", prompt ?? "");
  for (const [setting, parameter] of plainSettings()) {
    const value = settings[setting];
    if (value !== initialSettings[setting] && value.length <= longestText) search.append(parameter, value);
  }
  for (const line of settings.stop.split("\n")) add("stop", line);
  add("thinking", settings.thinking);
  return search;
}

/** `name`, `name@best`, `name@latest` or `name@60`. */
export function readPick(text: string): Pick {
  const [, adapter, file] = /^(.*?)(?:@(best|latest|\d{1,9}))?$/.exec(text) ?? [];
  if (!file) return { adapter: adapter ?? text, file: null };
  return { adapter: adapter ?? text, file: file === "best" || file === "latest" ? file : Number(file) };
}

export function writePick({ adapter, file }: Pick): string {
  return file === null ? adapter : `${adapter}@${file}`;
}

function distinct(picks: Pick[]): Pick[] {
  const known = new Map(picks.filter(({ adapter }) => adapter).map((pick) => [writePick(pick), pick]));
  return [...known.values()];
}

function plainSettings() {
  return Object.entries(parameters) as [keyof typeof parameters, string][];
}

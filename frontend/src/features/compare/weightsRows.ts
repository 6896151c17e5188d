/** What is known of the weights that answered, row by row. Pure. */

import type { AdapterDetails, InferenceResponse } from "../../api";
import { figure } from "../../ui/format";
import { weightsInWords } from "./columns";

export interface WeightsRow {
  name: string;
  value: string;
  /** what is copied and shown on hover, where the value is short for it */
  full?: string;
  /** what the name means, for who does not know */
  help?: string;
}

const methods = { lora: "LoRA", dora: "DoRA", full: "full fine-tuning" };

export function weightsRows(details: AdapterDetails, answer: InferenceResponse | null): WeightsRow[] {
  const shared = [
    fingerprintRow("Base fingerprint", details.base_fingerprint),
    { name: "Chat template", value: details.chat_template_used ? "the model's own" : "none, plain prompt" },
    ...(answer
      ? [{ name: "Prompt cached", value: `${answer.cached_tokens} of ${answer.prompt_tokens}` }]
      : []),
  ];
  if (details.type === "none") return [{ name: "Weights", value: "base" }, ...shared];
  const { method, content_hash, step, type, model_recorded } = details;
  return [
    { name: "Weights", value: type === "checkpoint" ? weightsInWords(step ?? 0) : type },
    ...(content_hash ? [fingerprintRow("Adapter content", content_hash)] : []),
    { name: "Method", value: method ? methods[method] : known(null) },
    ...(method === "full" ? [] : updateRows(details)),
    { name: "Layers", value: layers(details) },
    { name: "Made on", value: known(model_recorded) },
    ...shared,
  ];
}

/** What only a low-rank update has. */
function updateRows({
  rank,
  alpha,
  scale,
  dropout,
  keys,
  rank_pattern,
  alpha_pattern,
}: AdapterDetails): WeightsRow[] {
  return [
    {
      name: "Rank",
      ...withPattern(known(rank), rank_pattern),
      help: "How wide the two small matrices are that each module was given: how much can be learned.",
    },
    {
      name: "Alpha",
      ...withPattern(known(alpha), alpha_pattern),
      help: "How strong the update was meant to be; together with the rank it makes the scale.",
    },
    {
      name: "Scale",
      value: scale === null ? known(null) : `×${figure(scale)}`,
      help: "What the update is multiplied by before it is added to the base.",
    },
    {
      name: "Keys",
      ...(keys === null
        ? { value: "every linear module" }
        : { value: String(keys.length), full: keys.join("\n") }),
      help: `Which modules of each layer were trained${keys?.length ? `: ${keys.join(", ")}` : ""}.`,
    },
    {
      name: "Dropout",
      value: known(dropout),
      help: "Which share of the update's inputs training left out at random; answers use all of them.",
    },
  ];
}

/** `32, but 8 for 2 patterns`: modules with a value of their own belong to the row and are no warning. */
function withPattern(value: string, pattern: Record<string, number>) {
  const own = Object.entries(pattern);
  if (own.length === 0) return { value };
  const values = [...new Set(own.map(([, each]) => known(each)))].join(", ");
  return {
    value: `${value}; ${values} for ${own.length === 1 ? "one pattern" : `${own.length} patterns`}`,
    full: own.map(([modules, each]) => `${modules}: ${known(each)}`).join("\n"),
  };
}

function fingerprintRow(name: string, hash: string): WeightsRow {
  return { name, value: hash.slice(0, 12), full: hash };
}

function layers({ num_layers, expected_layers }: AdapterDetails): string {
  if (num_layers === null) return known(null);
  return num_layers === -1 ? `all ${expected_layers}` : `${num_layers} of ${expected_layers}`;
}

function known(value: number | string | null): string {
  if (value === null) return "not recorded";
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : value;
}

/** One line for the shut fold. */
export function weightsInShort({ type, method, rank, alpha, keys }: AdapterDetails): string {
  if (type === "none") return "";
  if (method === "full") return methods.full;
  return [
    rank !== null && `rank ${rank}`,
    alpha !== null && `alpha ${known(alpha)}`,
    keys !== null && `${keys.length} keys`,
  ]
    .filter(Boolean)
    .join(" · ");
}

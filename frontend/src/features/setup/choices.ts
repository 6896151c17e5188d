/** What the choices of a setting are called, and a sentence each where the name alone does not say it. */

import type { FieldName } from "./fields";

const labels: Record<string, string> = {
  lora: "LoRA",
  dora: "DoRA",
  adamw: "AdamW",
  adam: "Adam",
  sgd: "SGD",
  adafactor: "Adafactor",
  muon: "Muon",
  constant: "Constant",
  linear: "Linear",
  cosine: "Cosine",
  query_value: "Query and value",
  mlp: "MLP only",
  attention: "Attention only",
  custom: "Custom",
};

const helps: Partial<Record<FieldName, Record<string, { label?: string; help: string }>>> = {
  fine_tune_type: {
    lora: {
      help: "A small trainable pair of matrices beside each chosen one; a quantised base stays quantised.",
    },
    dora: { help: "LoRA that also learns the size of each weight: a little better at low ranks, slower." },
    full: { label: "Full fine-tuning", help: "Changes the base's own weights: most memory, and no ranks." },
  },
  targets: {
    full: { label: "Full layer", help: "All matrices of every layer, attention and MLP. The usual choice." },
    attention: { help: "Query, key, value and output: fewer parameters, learns less." },
    query_value: { help: "The smallest choice, as in the first LoRA paper." },
    mlp: { help: "Gate, up and down." },
    custom: { help: "Modules of your own choice, by group, key or pattern." },
  },
  train_on_turns: {
    all: { label: "All answers", help: "Every answer of a conversation counts." },
    last: { label: "The last answer", help: "Earlier answers are context only." },
  },
};

export function choiceLabel(name: FieldName, choice: string): string {
  return helps[name]?.[choice]?.label ?? labels[choice] ?? choice;
}

export function choiceHelp(name: FieldName, choice: string): string {
  return helps[name]?.[choice]?.help ?? "";
}

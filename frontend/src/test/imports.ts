/** A draft of data, what it is taken for, and the report of its check, as the server gives them, for tests. */

import type { Dataset, ImportDraft, ImportLook, ImportReport, JobDetail } from "../api";

export const dataset: Dataset = {
  name: "harbour",
  path: "/home/artifacts/datasets/harbour",
  description: null,
  format: "messages",
  rows: { train: 40, valid: 4 },
  suggested: {},
  examples: [],
  bytes: 4000,
  created_at: 1,
  source: { files: [{ name: "harbour.csv", sha256: "a".repeat(64), bytes: 2000 }], path: null },
  done: ["Question from frage, answer from antwort."],
  problem: null,
};

export const draft: ImportDraft = {
  id: "d1",
  created_at: 1,
  origin: "upload",
  path: null,
  suggested_name: "harbour",
  files: [
    {
      name: "harbour.csv",
      bytes: 2000,
      kind: "csv",
      split: null,
      encoding: "utf-8",
      delimiter: ",",
      taken: true,
      problem: null,
    },
  ],
  problem: null,
  check_job: null,
  write_job: null,
};

const field = (name: string, title: string, required = true) => ({ name, title, required, help: "" });

export const look: ImportLook = {
  format_name: null,
  sentence: "What these columns mean is not known.",
  mapping: null,
  shapes: [
    { shape: "text", title: "Text", help: "", fields: [field("text", "Text")] },
    {
      shape: "completion",
      title: "Prompt and completion",
      help: "A text and how it goes on.",
      fields: [field("prompt", "Prompt"), field("completion", "Completion")],
    },
  ],
  columns: ["frage", "antwort"].map((name) => ({ name, kind: "text", filled_percent: 100, example: "x" })),
  rows_looked_at: 1,
  rows: [
    {
      file: "harbour.csv",
      line: 2,
      source: { frage: "Wo?", antwort: "Da." },
      row: null,
      shortened: false,
      problem: null,
    },
  ],
};

export const checkJob: JobDetail = {
  id: "j1",
  kind: "import_check",
  title: "Check harbour",
  state: "completed",
  created_at: 1,
  started_at: 2,
  finished_at: 3,
  done: 44,
  total: 44,
  unit: "rows",
  message: null,
  seconds_left: null,
  reason: "44 rows read.",
  cancelling: false,
  can_pause: false,
  can_resume: false,
  last_seq: 4,
  settings: {},
};

export const report: ImportReport = {
  plan: {},
  format_name: null,
  mapping: { shape: "completion", columns: { prompt: "frage", completion: "antwort" } },
  rows_read: 44,
  rows_kept: 43,
  findings: [
    {
      kind: "empty_field",
      title: "A field is empty",
      count: 1,
      sentence: "There is nothing to learn from an empty text.",
      choices: ["stop", "skip"],
      chosen: "stop",
      fix_words: null,
      places: [
        {
          file: "harbour.csv",
          line: 42,
          column: null,
          field: "antwort",
          excerpt: "Wo liegt Boot 40?",
          sentence: "antwort is empty.",
        },
      ],
    },
  ],
  ready: false,
  problem: null,
  splits: { train: 40, valid: 4 },
  changed_by_rules: [],
  in_words: [],
  bytes_read: 2000,
  seconds: 0.1,
};

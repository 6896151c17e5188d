import { expect, test } from "vitest";
import type { Course, SessionDetail, TrainingConfig } from "../../../api";
import schema from "../../../api/trainingConfig.json";
import type { Compared } from "./compared";
import { doubts } from "./doubts";
import { asCsv, asMarkdown } from "./exports";
import { comparison } from "./rows";

const defaults = Object.fromEntries(
  Object.entries(schema).map(([name, field]) => [name, "default" in field ? field.default : null]),
);

function run(
  number: number,
  config: Partial<TrainingConfig> = {},
  session: Partial<SessionDetail> = {},
  course: Partial<Course> = {},
): Compared {
  const name = `voice-${number}`;
  return {
    number,
    colour: "",
    session: {
      id: `id-${number}`,
      state: "early_stopped",
      adapter_name: name,
      model_name: "tiny",
      data_name: "rows",
      iteration: 20,
      iterations: 20,
      duration_seconds: 61,
      trainable_parameters: 434_176,
      stopping: false,
      pausing: false,
      base_fingerprint: "b".repeat(64),
      data_sha256: { train: "c".repeat(64), valid: "d".repeat(64) },
      config: { ...defaults, adapter_name: name, ...config } as TrainingConfig,
      ...session,
    } as SessionDetail,
    course: {
      last_seq: 9,
      at_rest: true,
      attempts: [{ began_at: 100, ended_at: 161 }],
      train: {
        iterations: [10, 20],
        losses: [2, 1.5],
        means: [2, 1.5],
        tokens: [500, 1000],
        times: [110, 120],
      },
      validation: { iterations: [20], losses: [1.75], times: [121] },
      best: { iteration: 20, loss: 1.75 },
      reports: 2,
      started: null,
      tokens_per_second: 512.3,
      peak_memory_gb: 0.25,
      unreadable_lines: 0,
      ...course,
    },
  };
}

const started = (versions: Record<string, string>) => ({ device: "CPU", versions }) as Course["started"];
const titles = (runs: Compared[]) => comparison(runs).different.map(({ field, title }) => field ?? title);

test("only what was set otherwise is a difference, with its unit and the field's name", () => {
  const { different, same } = comparison([
    run(1, { lora_rank: 8, batch_size: 1 }),
    run(2, { lora_rank: 32, batch_size: 4, on_existing: "replace" }),
  ]);
  expect(different).toEqual([
    {
      title: "Batch size",
      field: "batch_size",
      cells: [
        { text: "1 example", full: "1" },
        { text: "4 examples", full: "4" },
      ],
    },
    {
      title: "Rank",
      field: "lora_rank",
      cells: [
        { text: "8", full: "8" },
        { text: "32", full: "32" },
      ],
    },
  ]);
  // Model and data are rows of their own; the adapter's name is the head of the column.
  expect(same).toHaveLength(Object.keys(schema).length - 4 - 2 + 4);
});

test("two numbers for one thing are no difference, and two that look alike are written out", () => {
  expect(titles([run(1, { lora_num_layers: 0 }), run(2, { lora_num_layers: -1 })])).toEqual([]);
  const [row] = comparison([
    run(1, { learning_rate: 0.0001234 }),
    run(2, { learning_rate: 0.00012341 }),
  ]).different;
  expect(row?.cells.map(({ text }) => text)).toEqual(["0.0001234", "0.00012341"]);
});

test("a base model or data of the same name that was another one is a difference, by its hash", () => {
  const { different } = comparison([
    run(1),
    run(2, {}, { data_sha256: { train: "c".repeat(64), valid: "e".repeat(64) } }),
  ]);
  expect(different).toEqual([
    {
      title: "Validation data",
      cells: [
        { text: "rows · dddddddd", full: `rows ${"d".repeat(64)}` },
        { text: "rows · eeeeeeee", full: `rows ${"e".repeat(64)}` },
      ],
    },
  ]);
});

test("versions differ where both are known", () => {
  const of = (mlx: string) => run(1, {}, {}, { started: started({ mlx }) });
  expect(titles([of("0.32.4"), of("0.33.0")])).toEqual(["Version of mlx"]);
  expect(titles([of("0.32.4"), run(2)])).toEqual([]);
});

test("what came of it carries units, and says what is not known", () => {
  const waiting = run(
    2,
    {},
    { state: "queued", iteration: 0, duration_seconds: null, trainable_parameters: null },
    {
      attempts: [],
      train: { iterations: [], losses: [], means: [], tokens: [], times: [] },
      validation: { iterations: [], losses: [], times: [] },
      best: null,
      tokens_per_second: null,
      peak_memory_gb: null,
    },
  );
  const { outcome } = comparison([run(1), waiting]);
  expect(outcome.map(({ title, cells }) => [title, ...cells.map(({ text }) => text)])).toEqual([
    ["State", "Stopped early", "Queued"],
    ["Best validation loss", "1.75", "–"],
    ["Best at step", "20", "–"],
    ["Last training loss", "1.50", "–"],
    ["Steps", "20 of 20", "0 of 20"],
    ["Tokens trained", "1,000", "–"],
    ["Duration", "1 min 01 s", "–"],
    ["Speed", "512 tok/s", "–"],
    ["Peak memory", "250 MB", "–"],
    ["Trainable parameters", "434 k", "–"],
  ]);
});

test("a run under way has lasted until its latest point", () => {
  const { outcome } = comparison([run(1, {}, { state: "running", duration_seconds: null })]);
  expect(outcome.find(({ title }) => title === "Duration")?.cells).toEqual([
    { text: "21 s so far", full: "21" },
  ]);
});

test("Markdown is what is shown, CSV is everything in full", () => {
  const runs = [run(1, { lora_rank: 8 }), run(2, {}, { adapter_name: 'a|b,"c"' })];
  const compared = comparison(runs);
  expect(asMarkdown(runs, compared).split("\n").slice(0, 4)).toEqual([
    '|  | voice-1 | a\\|b,"c" |',
    "| --- | --- | --- |",
    "| Rank (`lora_rank`) | 8 | 32 |",
    "| State | Stopped early | Stopped early |",
  ]);
  const lines = asCsv(runs, compared).split("\r\n");
  expect(lines.slice(0, 3)).toEqual([
    'part,title,field,voice-1,"a|b,""c"""',
    ",session,,id-1,id-2",
    "different,Rank,lora_rank,8,32",
  ]);
  expect(lines).toContain("outcome,Speed,,512.3,512.3");
  expect(lines).toContain("same,Learning rate,learning_rate,0.0001,0.0001");
});

test("runs of one kind raise no doubt", () => {
  expect(doubts([run(1), run(2, { lora_rank: 8, learning_rate: 1 }), run(3)])).toEqual([]);
});

test("losses over other data, other tokens or other rows are not set against each other", () => {
  const otherData = { data_sha256: { train: "c".repeat(64), valid: "e".repeat(64) } };
  const runs = [run(1), run(2, { mask_prompt: true }), run(3, {}, otherData), run(4)];
  expect(doubts(runs)).toEqual([
    "Validated on other data: runs 1, 2 and 4 against 3. Their validation losses are not comparable.",
    "The loss is of other tokens (mask_prompt, train_on_turns): runs 1, 3 and 4 against 2. Their losses are not comparable.",
  ]);
});

test("a run without validation data raises no doubt about the others' validation", () => {
  expect(doubts([run(1), run(2, {}, { data_sha256: { train: "c".repeat(64) } })])).toEqual([]);
});

test("how many rows a validation of some batches reads depends on their size, one of all rows does not", () => {
  const all = [run(1, { val_batches: -1, batch_size: 1 }), run(2, { val_batches: -1, batch_size: 4 })];
  const some = [run(1, { val_batches: 5, batch_size: 1 }), run(2, { val_batches: 5, batch_size: 4 })];
  expect(doubts(all)).toEqual([]);
  expect(doubts(some)).toEqual([
    "Validated on other rows of the data (val_batches): runs 1 against 2. Their validation losses differ by that too.",
  ]);
});

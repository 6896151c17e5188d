import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { TrainingConfig } from "../../api";
import { asCurl } from "./exports";

test("a shell gives curl the very settings, whatever is in them", () => {
  const config = {
    model_path: "it's $HOME/`whoami`",
    train_data_path: 'a "b" \\ c\nd !x *',
    learning_rate: 1e-7,
    rank_pattern: { "mlp.*": 8 },
  } as unknown as TrainingConfig;
  const command = asCurl(config, "http://127.0.0.1:8000").replace(/^curl/, "printf '%s\\0'");
  const words = execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\0").slice(0, -1);
  expect(words.slice(0, -1)).toEqual([
    "-X",
    "POST",
    "http://127.0.0.1:8000/api/training/start",
    "-H",
    "content-type: application/json",
    "-d",
  ]);
  expect(JSON.parse(words.at(-1) ?? "")).toEqual({ ...config, on_existing: "new_name" });
});

import { expect, test } from "vitest";
import type { ImportDraft, ImportFile } from "../../../api";
import { begin, planOf, problemsOf, readsAlike } from "./edited";

const file: ImportFile = {
  name: "train.csv",
  bytes: 1,
  kind: "csv",
  split: "train",
  encoding: "utf-8",
  delimiter: ",",
  taken: true,
  problem: null,
};
const draft: ImportDraft = {
  id: "d1",
  created_at: 1,
  origin: "upload",
  path: null,
  suggested_name: "train",
  files: [file],
  problem: null,
  check_job: null,
  write_job: null,
};

test("a tenth is held out where no file names a split to validate with", () => {
  expect(planOf(begin(draft))).toEqual({
    mapping: null,
    files: null,
    rules: [],
    split: { valid_fraction: 0.1, test_fraction: 0, seed: 0, group_column: null },
    choices: {},
    model_name: null,
    max_seq_length: null,
  });
});

test("files that name their splits keep them", () => {
  const named = begin({ ...draft, files: [file, { ...file, name: "valid.csv", split: "valid" }] });
  expect(planOf(named)?.split).toBeNull();
});

test.each([
  [{ validPercent: "" }, "validPercent"],
  [{ validPercent: "100" }, "validPercent"],
  [{ testPercent: "-1" }, "testPercent"],
  [{ validPercent: "60", testPercent: "40" }, "testPercent"],
  [{ seed: "1.5" }, "seed"],
  [{ model: "tiny", length: "7" }, "length"],
])("%j cannot be read, and there is no plan", (changes, field) => {
  const edited = { ...begin(draft), ...changes };
  expect([...problemsOf(edited).keys()]).toEqual([field]);
  expect(planOf(edited)).toBeNull();
});

test("numbers that do not matter are not looked at", () => {
  const edited = { ...begin(draft), divide: false, validPercent: "much", length: "long" };
  expect(problemsOf(edited).size).toBe(0);
});

test("a rule that replaces nothing is no rule", () => {
  const rules = [{ kind: "strip" as const }, { kind: "replace" as const, find: "", replace: "x" }];
  expect(planOf({ ...begin(draft), rules })?.rules).toEqual([{ kind: "strip" }]);
});

test("plans read alike where only what is usual is left out of one, whatever the choices", () => {
  const one = planOf({ ...begin(draft), rules: [{ kind: "strip" }], choices: { duplicate: "skip" } });
  const other = {
    rules: [{ kind: "strip" as const, find: null, replace: null, regex: false }],
    split: {},
    choices: {},
  };
  expect(one && readsAlike(one, other)).toBe(true);
  expect(one && readsAlike(one, { ...other, split: { seed: 1 } })).toBe(false);
});

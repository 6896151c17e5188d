import { expect, test } from "vitest";
import type { ImportDraft, ImportFile } from "../../../api";
import { begin, fromPlan, planOf, problemsOf, readsAlike } from "./edited";

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

test("a lone file for a test is trained on, so that a part of it is held out", () => {
  const lone = begin({ ...draft, files: [{ ...file, name: "test.csv", split: "test" }] });
  expect(lone.divide).toBe(true);
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

test("the decisions behind a plan make the same plan again", () => {
  const edited = {
    ...begin(draft),
    mapping: { shape: "completion" as const, columns: { prompt: "a", completion: "b" } },
    rules: [{ kind: "replace" as const, find: "x", replace: "y", regex: true }],
    validPercent: "7",
    testPercent: "0.5",
    seed: "3",
    group: "author",
    choices: { duplicate: "skip" as const },
    model: "tiny",
    length: "64",
  };
  expect({ ...begin(draft), ...fromPlan(draft, planOf(edited) ?? {}) }).toEqual(edited);
  expect({ ...begin(draft), ...fromPlan(draft, { split: null }) }).toEqual({
    ...begin(draft),
    divide: false,
  });
});

test("a plan that divides as usual decides nothing about it", () => {
  expect(fromPlan(draft, planOf(begin(draft)) ?? {}).divide).toBeUndefined();
});

import { expect, test } from "vitest";
import type { Adapter, Model } from "../../api";
import { type Comparison, readComparison } from "./address";
import { complete, nextPick, planColumns } from "./columns";

const adapter = (name: string, model_name: string | null, more: Partial<Adapter> = {}) =>
  ({ name, model_name, created_at: 1, problem: null, has_best: true, checkpoints: [], ...more }) as Adapter;
const model = (name: string) => ({ name, path: `/models/${name}`, problem: null }) as Model;
const at = (search: string): Comparison => readComparison(new URLSearchParams(search));
const models = [model("tiny"), model("big")];

function problems(search: string, adapters: Adapter[]) {
  const plans = planColumns(complete(at(search), models, adapters), models, adapters);
  return Object.fromEntries(plans.map(({ column, problem }) => [column, problem]));
}

test("without an address the newest usable adapter stands beside its own model", () => {
  const adapters = [
    adapter("old", "tiny"),
    adapter("new", "big", { created_at: 2 }),
    adapter("broken", "tiny", { created_at: 3, problem: "No weights." }),
  ];
  const chosen = (search: string) => {
    const { base, picks } = complete(at(search), models, adapters);
    return [base, picks.map((pick) => pick.adapter)];
  };
  expect(chosen("")).toEqual(["big", ["new"]]);
  expect(chosen("base=tiny")).toEqual(["tiny", ["old"]]);
  expect(chosen("adapter=old")).toEqual(["tiny", ["old"]]);
  expect(chosen("base=tiny&adapter=")).toEqual(["tiny", []]);
});

test("a column that cannot answer says why, and the others are not held up by it", () => {
  const adapters = [
    adapter("voice", "tiny", { checkpoints: [30, 60] }),
    adapter("plain", "/elsewhere/tiny", { has_best: false }),
    adapter("other", "org/big"),
    adapter("broken", "tiny", { problem: "Its weights are cut off." }),
    adapter("unknown", null),
  ];
  const search =
    "base=tiny&adapter=voice@60&adapter=voice@61&adapter=plain@best&adapter=other&adapter=broken&adapter=gone&adapter=unknown";
  expect(problems(search, adapters)).toEqual({
    "base model": null,
    "voice@60": null,
    "voice@61": "voice has no checkpoint of step 61. It has 30, 60.",
    "plain@best": "plain kept no best weights; choose the latest.",
    other: "It was trained on big, and cannot answer on tiny.",
    broken: "Its weights are cut off.",
    gone: "There is no adapter gone in the library. It may have been renamed or deleted.",
    unknown: null,
  });
});

test("a column's answers are those of one base, and its name in an export is that of its weights alone", () => {
  const adapters = [adapter("voice", null)];
  const columns = (base: string) =>
    planColumns(complete(at(`base=${base}&adapter=voice@best`), models, adapters), models, adapters);
  const both = [...columns("tiny"), ...columns("big")];
  expect(new Set(both.map(({ key }) => key)).size).toBe(4);
  expect(both.map(({ column }) => column)).toEqual(["base model", "voice@best", "base model", "voice@best"]);
  expect(columns("tiny")).toEqual(both.slice(0, 2));
});

test("a base that is damaged says so in its own column", () => {
  const damaged = [{ ...model("tiny"), problem: "Its weights are cut off." }];
  const plans = planColumns(complete(at("base=tiny"), damaged, []), damaged, []);
  expect(plans.map(({ column, problem }) => [column, problem])).toEqual([
    ["base model", "Its weights are cut off."],
  ]);
});

test("the ninth column is one too many", () => {
  const steps = [1, 2, 3, 4, 5, 6, 7, 8];
  const adapters = [adapter("voice", "tiny", { checkpoints: steps })];
  const search = `base=tiny&${steps.map((step) => `adapter=voice@${step}`).join("&")}`;
  const refused = (text: string) =>
    Object.values(problems(text, adapters)).map((problem) => problem !== null);
  expect(refused(search)).toEqual([...Array(8).fill(false), true]);
  expect(refused(`${search}&without=base`)).toEqual(Array(8).fill(false));
});

test("columns of one page have colours of their own, and the first keeps its run's", () => {
  const adapters = [adapter("voice", "tiny", { checkpoints: [1, 2, 3, 4, 5, 6] })];
  const search = "base=tiny&adapter=voice&adapter=voice@1&adapter=voice@2&adapter=voice@3&adapter=voice@4";
  const plans = planColumns(complete(at(search), models, adapters), models, adapters);
  expect(new Set(plans.map(({ colour }) => colour)).size).toBe(plans.length);
});

test("an adapter picked again comes with weights that do not stand there yet", () => {
  const voice = adapter("voice", "tiny", { checkpoints: [30, 60] });
  const picked = [];
  for (let pick = nextPick(voice, []); pick; pick = nextPick(voice, picked)) picked.push(pick);
  expect(picked.map(({ file }) => file)).toEqual([null, "latest", 60, 30]);
});

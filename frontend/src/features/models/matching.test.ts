import { expect, test } from "vitest";
import type { Model } from "../../api";
import { matching } from "./matching";

const models = [
  {
    name: "Qwen--Qwen3-0.6B",
    model_type: "qwen3",
    precision: "bfloat16",
    licence: "apache-2.0",
    repo_id: null,
  },
  { name: "small", model_type: "llama", precision: "4-bit", licence: null, repo_id: "org/Small" },
] as Model[];

test.each([
  ["", ["Qwen--Qwen3-0.6B", "small"]],
  ["  QWEN apache ", ["Qwen--Qwen3-0.6B"]],
  ["org 4-bit", ["small"]],
  ["qwen 4-bit", []],
])("'%s' finds %j", (wanted, names) => {
  expect(matching(models, wanted).map(({ name }) => name)).toEqual(names);
});

import { expect, test } from "vitest";
import type { ModelProfile, Module } from "../../api";
import { chosenPaths, modulesOf, moduleTree, share, withModules } from "./modules";

const inLayer = (layer: number, key: string, group: Module["group"]): Module => ({
  path: `model.layers.${layer}.${key}`,
  kind: "linear",
  in_features: 8,
  out_features: 8,
  layer,
  ...(group && { group }),
});
const layers = [0, 1].flatMap((layer) => [
  inLayer(layer, "self_attn.q_proj", "attention"),
  inLayer(layer, "self_attn.v_proj", "attention"),
  inLayer(layer, "mlp.up_proj", "mlp"),
  inLayer(layer, "moe.experts.0.w1", "experts"),
  inLayer(layer, "moe.experts.1.w1", "experts"),
]);
const embedding: Module = {
  path: "model.embed_tokens",
  kind: "embedding",
  in_features: 99,
  out_features: 8,
  layer: null,
  group: "embeddings",
  tied: true,
};
const profile: ModelProfile = {
  model_type: "tiny",
  hidden_size: 8,
  total_parameters: 1,
  num_layers: 2,
  modules: [...layers, embedding],
  parameters: [],
};
const tree = moduleTree(profile, -1);

function switched(words: string[], group: string, on: boolean, key?: string): string[] {
  const node = tree.find((one) => one.group === group);
  if (!node) throw new Error(`no ${group}`);
  const keyed = node.keys.find((one) => one.key === key);
  return withModules(words, tree, keyed ? keyed.modules : modulesOf(node), on);
}

test("modules stand by group and key, numbered parts of a key as one", () => {
  expect(
    tree.map(({ title, keys }) => [title, keys.map(({ key, modules }) => [key, modules.length])]),
  ).toEqual([
    [
      "Attention",
      [
        ["self_attn.q_proj", 2],
        ["self_attn.v_proj", 2],
      ],
    ],
    ["MLP", [["mlp.up_proj", 2]]],
    ["Experts", [["moe.experts.*.w1", 4]]],
    ["Embeddings", [["model.embed_tokens", 1]]],
  ]);
  const lastLayer = moduleTree(profile, 1);
  expect(lastLayer.flatMap(modulesOf).map(({ path }) => path)).toEqual(
    layers.filter(({ layer }) => layer === 1).map(({ path }) => path),
  );
});

test("words mean what they mean to the backend: groups, keys, full paths and patterns", () => {
  const meant = (...words: string[]) => [...chosenPaths(words, tree)];
  const q = ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"];
  expect(meant("self_attn.q_proj")).toEqual(q);
  expect(meant("*.layers.1.*q_proj")).toEqual([q[1]]);
  expect(meant("self_attn.[!v]_proj")).toEqual(q);
  expect(meant("self_attn.?_proj")).toEqual(meant("attention"));
  expect(meant("model.layers.1.mlp.up_proj")).toEqual(["model.layers.1.mlp.up_proj"]);
  expect(meant("embeddings", "[z-a]", "q_proj")).toEqual([]);
});

test("a whole group is one word, a part of it its keys", () => {
  expect(switched([], "attention", true)).toEqual(["attention"]);
  expect(switched(["attention"], "attention", false, "self_attn.v_proj")).toEqual(["self_attn.q_proj"]);
  expect(switched(["self_attn.q_proj"], "attention", true, "self_attn.v_proj")).toEqual(["attention"]);
  expect(switched(["attention", "mlp.up_proj"], "attention", false)).toEqual(["mlp"]);
});

test("what was typed stays where it still holds, and what it said beyond that is said anew", () => {
  expect(switched(["*.q_proj", "q_prjo"], "mlp", true)).toEqual(["mlp", "*.q_proj", "q_prjo"]);
  expect(switched(["*_proj"], "mlp", false)).toEqual(["attention"]);
  expect(switched(["moe.experts.0.w1", "model.layers.1.mlp.up_proj"], "attention", true)).toEqual([
    "attention",
    "moe.experts.0.w1",
    "model.layers.1.mlp.up_proj",
  ]);
  expect(switched(["*layers.1.*"], "attention", false)).toEqual([
    "model.layers.1.mlp.up_proj",
    "model.layers.1.moe.experts.0.w1",
    "model.layers.1.moe.experts.1.w1",
  ]);
});

test("a group is chosen in whole, in part or not at all", () => {
  const attention = tree.flatMap(modulesOf).filter(({ group }) => group === "attention");
  const of = (...words: string[]) => share(attention, chosenPaths(words, tree));
  expect([of("attention"), of("self_attn.q_proj"), of("mlp")]).toEqual(["all", "some", "none"]);
});

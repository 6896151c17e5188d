import { expect, test } from "vitest";
import type { ModelProfile } from "../../api";
import { groupRows } from "./groups";

const linear = (path: string, group: "attention" | "mlp", layer: number) => ({
  path,
  kind: "linear" as const,
  in_features: 8,
  out_features: 8,
  group,
  layer,
});

test("modules are counted by group, each name once, with what no LoRA adapts at the end", () => {
  const profile = {
    modules: [0, 1].flatMap((layer) => [
      linear(`model.layers.${layer}.self_attn.q_proj`, "attention", layer),
      linear(`model.layers.${layer}.self_attn.v_proj`, "attention", layer),
      linear(`model.layers.${layer}.mlp.up_proj`, "mlp", layer),
    ]),
    parameters: [0, 1].flatMap((layer) => [
      { layer, group: "attention", parameters: 128 },
      { layer, group: "mlp", parameters: 64 },
      { layer, group: "other", parameters: 8 },
    ]),
  } as ModelProfile;
  expect(groupRows(profile)).toEqual([
    { title: "Attention", modules: 4, names: ["q_proj", "v_proj"], parameters: 256 },
    { title: "MLP", modules: 2, names: ["up_proj"], parameters: 128 },
    { title: "Norms and the like", modules: 0, names: [], parameters: 16 },
  ]);
});

import { expect, test } from "vitest";
import { adapterDetails, answered, baseDetails } from "../../test/answers";
import { weightsRows } from "./weightsRows";

const values = (details: typeof adapterDetails) =>
  Object.fromEntries(weightsRows(details, answered("")).map(({ name, value }) => [name, value]));

test("an adapter says which weights it is, and what they were made with", () => {
  expect(values({ ...adapterDetails, type: "checkpoint", step: 60 })).toEqual({
    Weights: "step 60",
    "Adapter content": "cccccccccccc",
    Method: "LoRA",
    Rank: "8",
    Alpha: "16",
    Scale: "×2.00",
    Keys: "2",
    Dropout: "0",
    Layers: "all 4",
    "Made on": "tiny",
    "Base fingerprint": "bbbbbbbbbbbb",
    "Chat template": "the model's own",
    "Prompt cached": "4 of 12",
  });
});

test("what a low-rank update is made with is explained, and its modules named", () => {
  const helps = weightsRows(adapterDetails, null).flatMap(({ name, help }) => (help ? [[name, help]] : []));
  expect(helps.map(([name]) => name)).toEqual(["Rank", "Alpha", "Scale", "Keys", "Dropout"]);
  expect(Object.fromEntries(helps).Keys).toBe(
    "Which modules of each layer were trained: self_attn.q_proj, mlp.up_proj.",
  );
});

test("modules with a rank or alpha of their own stand in its row", () => {
  const details = {
    ...adapterDetails,
    rank_pattern: { "mlp\\..*": 4, q_proj: 4 },
    alpha_pattern: { q_proj: 32 },
  };
  expect(values(details)).toMatchObject({ Rank: "8; 4 for 2 patterns", Alpha: "16; 32 for one pattern" });
  expect(weightsRows(details, null).find(({ name }) => name === "Rank")?.full).toBe("mlp\\..*: 4\nq_proj: 4");
});

test("whole weights show no rank, no scale and no keys, and the base only what it has", () => {
  const none = { rank: null, alpha: null, scale: null, dropout: null, keys: null };
  const shown = (details: typeof adapterDetails) => Object.keys(values(details));
  expect(shown({ ...adapterDetails, ...none, method: "full" })).toEqual([
    "Weights",
    "Adapter content",
    "Method",
    "Layers",
    "Made on",
    "Base fingerprint",
    "Chat template",
    "Prompt cached",
  ]);
  expect(shown(baseDetails)).toEqual(["Weights", "Base fingerprint", "Chat template", "Prompt cached"]);
});

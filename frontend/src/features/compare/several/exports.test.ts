import { expect, test } from "vitest";
import { adapterDetails, answered } from "../../../test/answers";
import type { ColumnState } from "../columnStates";
import type { ColumnPlan } from "../columns";
import { asCsv, asJsonl } from "./exports";
import type { BatchRow } from "./useBatch";

const plan = (column: string) => ({ key: `tiny ${column}`, column, name: column }) as ColumnPlan;
const plans = [plan("base model"), plan("voice@60")];
const state = (text: string): ColumnState => ({
  status: "finished",
  text,
  thinking: "",
  answerId: "a",
  details: { ...adapterDetails, type: "checkpoint", step: 60 },
  notes: [],
  answer: answered(text),
  problem: null,
});
const row = (prompt: string, reference: string | null, texts: string[]): BatchRow => ({
  prompt,
  system: null,
  history: [],
  reference,
  answers: texts.length ? new Map(texts.map((text, index) => [plans[index]?.key ?? "", state(text)])) : null,
});

test("a spreadsheet gets every answer in its field, whatever is in it", () => {
  const rows = [row("Who?", 'I, "Droid"', ["a\nb", "plain"]), row("Not asked", null, [])];
  expect(asCsv(rows, plans)).toBe(
    'prompt,reference,base model,voice@60\r\nWho?,"I, ""Droid""","a\nb",plain\r\nNot asked,,,\r\n',
  );
});

test("JSONL says of every answer which weights gave it", () => {
  const lines = asJsonl([row("Who?", "Me.", ["One", "Two"]), row("Not asked", null, [])], plans).split("\n");
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    prompt: "Who?",
    reference: "Me.",
    answers: [
      { column: "base model", text: "One" },
      {
        column: "voice@60",
        weights: "checkpoint",
        step: 60,
        content_hash: adapterDetails.content_hash,
        base_fingerprint: adapterDetails.base_fingerprint,
        text: "Two",
        finish_reason: "stop",
        generated_tokens: 40,
        problem: null,
      },
    ],
  });
  expect(JSON.parse(lines[1] ?? "").answers).toEqual([]);
});

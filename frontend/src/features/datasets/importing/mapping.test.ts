import { expect, test } from "vitest";
import type { ShapeDescription } from "../../../api";
import { mappingTo, missingFields } from "./mapping";

const field = (name: string, required = true) => ({ name, title: name, help: "", required });
const instruction: ShapeDescription = {
  shape: "instruction",
  title: "Instruction",
  help: "",
  fields: [field("instruction"), field("input", false), field("output"), field("system", false)],
};
const text: ShapeDescription = { shape: "text", title: "Text", help: "", fields: [field("text")] };

test("columns are taken by the names that they usually have, in any case", () => {
  expect(mappingTo(instruction, ["Question", "ANSWER", "id"], null)).toEqual({
    shape: "instruction",
    columns: { instruction: "Question", output: "ANSWER" },
  });
});

test("no column holds two fields, and what must be there is served first", () => {
  expect(mappingTo(instruction, ["input", "output"], null)).toEqual({
    shape: "instruction",
    columns: { instruction: "input", output: "output" },
  });
});

test("what was chosen by hand stays where the other shape has the field too", () => {
  const before = { shape: "completion" as const, columns: { output: "b", prompt: "a" } };
  expect(mappingTo(instruction, ["a", "b", "output"], before)).toEqual({
    shape: "instruction",
    columns: { output: "b" },
  });
});

test("the only column there is holds the only field there must be", () => {
  expect(mappingTo(text, ["Spalte 1"], null)).toEqual({ shape: "text", columns: { text: "Spalte 1" } });
});

test("required fields without a column are missing", () => {
  expect(missingFields(instruction, { shape: "instruction", columns: { output: "b" } })).toEqual([
    "instruction",
  ]);
});

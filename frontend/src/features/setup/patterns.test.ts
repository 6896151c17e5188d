import { expect, test } from "vitest";
import { readPattern, rowsOf, textOf } from "./patterns";

const ranks = (text: string) => readPattern(text, "Ranks by module", true);

test("rows are read in their order, and rows left empty are none", () => {
  const read = ranks("mlp.*: 16\n: \nattention:8");
  expect(read).toEqual({ numbers: { "mlp.*": 16, attention: 8 } });
  expect("numbers" in read && Object.keys(read.numbers)).toEqual(["mlp.*", "attention"]);
  expect(readPattern("attention: 0.5", "Alphas by module", false)).toEqual({ numbers: { attention: 0.5 } });
  expect(ranks("")).toEqual({ numbers: {} });
});

test("what is typed halfway stays as it is typed", () => {
  const rows = [
    { module: "", number: "" },
    { module: "model.layers.0 ", number: "" },
    { module: "mlp", number: "1e" },
  ];
  expect(rowsOf(textOf(rows))).toEqual(rows);
});

test("the first row that cannot be read is named", () => {
  expect(ranks("attention: many")).toEqual({
    problem: "'Ranks by module': attention needs a whole number, such as 8.",
  });
  expect(ranks("attention: 2.5")).toEqual({
    problem: "'Ranks by module': attention needs a whole number, such as 8.",
  });
  expect(ranks("attention: ")).toEqual({
    problem: "'Ranks by module': attention needs a whole number, such as 8.",
  });
  expect(ranks(": 8")).toEqual({ problem: "'Ranks by module': name a group, a key or a pattern for 8." });
  expect(ranks("mlp: 8\nmlp: 4")).toEqual({
    problem: "'Ranks by module': mlp is named twice; keep one of the two.",
  });
});

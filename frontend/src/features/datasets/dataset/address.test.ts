import { expect, test } from "vitest";
import { changed, readShown, type Shown } from "./address";

const usual: Shown = {
  view: "rows",
  split: null,
  page: 0,
  row: 0,
  part: 0,
  model: "",
  length: "",
  answersOnly: false,
  turns: "all",
  batch: "",
  epochs: "",
};
const all: Shown = {
  view: "tokens",
  split: "valid",
  page: 3,
  row: 999_999,
  part: 2,
  model: "org--model",
  length: "2048",
  answersOnly: true,
  turns: "last",
  batch: "8",
  epochs: "3",
};

test("an empty address shows the first rows", () => {
  expect(readShown(new URLSearchParams())).toEqual(usual);
});

test("what is shown is what was written into the address", () => {
  expect(readShown(changed(new URLSearchParams(), all))).toEqual(all);
});

test("what is as usual is left out of the address", () => {
  expect(changed(changed(new URLSearchParams(), all), usual).toString()).toBe("");
});

test("a change leaves the rest, and people count from one", () => {
  const search = changed(new URLSearchParams("view=tokens&row=7&model=tiny"), { row: 7 });
  expect(search.toString()).toBe("view=tokens&model=tiny&row=8");
});

test.each(["0", "-1", "1.5", "one", "", "9999999999999"])("row %s is the first row", (row) => {
  expect(readShown(new URLSearchParams({ row })).row).toBe(0);
});

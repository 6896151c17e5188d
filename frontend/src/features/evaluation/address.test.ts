import { expect, test } from "vitest";
import { changed, readSelection, type Selection } from "./address";

const everything: Selection = {
  base: "tiny",
  picks: [
    { adapter: "radio", file: null },
    { adapter: "radio", file: 60 },
  ],
  data: "rows",
  split: "valid",
  rows: "12",
  answersOnly: true,
  general: false,
  evaluation: "20261120-190512-f5353d",
  part: "general",
  order: "worse",
  orderedBy: 2,
  page: 3,
};

test("what is written is what is read", () => {
  expect(readSelection(changed(new URLSearchParams(), everything))).toEqual(everything);
});

test("what is as usual is left out, and what others keep in the address stays", () => {
  const before = changed(new URLSearchParams("prompt=Hello&temperature=0"), everything);
  const usual = { ...readSelection(new URLSearchParams()), picks: [] };
  expect(changed(before, usual).toString()).toBe("prompt=Hello&temperature=0&adapter=");
  expect(readSelection(changed(before, usual))).toEqual(usual);
});

test("one change leaves the rest as it was", () => {
  const before = changed(new URLSearchParams(), everything);
  expect(readSelection(changed(before, { page: 0 }))).toEqual({ ...everything, page: 0 });
});

test.each(["order=sideways", "by=0", "by=x", "page=-1", "page=1e9", "split=train", "part=all"])(
  "%s is read as if it were not there",
  (search) => {
    expect(readSelection(new URLSearchParams(search))).toEqual(readSelection(new URLSearchParams()));
  },
);

import { expect, test } from "vitest";
import { called, readChoices, requestOf, writeChoices } from "./recipe";

const asked = (address: string) => requestOf(readChoices(new URLSearchParams(address)), "tiny");

test("without a word in the address it is 4 bit, measured on the general text", () => {
  expect(asked("")).toEqual({
    model_name: "tiny",
    name: "tiny-4bit",
    bits: 4,
    mixed: null,
    dtype: null,
    group_size: 64,
    measure_on: null,
  });
});

test.each([
  ["to=8&group=32&on=rows", { bits: 8, group_size: 32, measure_on: "rows", name: "tiny-8bit" }],
  ["to=mixed&mixed=mixed_3_6", { bits: null, mixed: "mixed_3_6", name: "tiny-mixed-3-6" }],
  ["to=dtype&dtype=float16&name=half", { bits: null, mixed: null, dtype: "float16", name: "half" }],
])("%s asks for just that, and is what the address says again", (address, request) => {
  expect(asked(address)).toMatchObject(request);
  expect(writeChoices(readChoices(new URLSearchParams(address))).toString()).toBe(address);
});

test("what is no choice is taken for the usual one, and what does not apply is left out of the address", () => {
  expect(asked("to=5&group=7&mixed=all")).toEqual(asked(""));
  expect(writeChoices(readChoices(new URLSearchParams("mixed=mixed_2_6&dtype=float32"))).toString()).toBe("");
});

test("the name offered is one that is free", () => {
  const choices = readChoices(new URLSearchParams());
  expect(requestOf(choices, "tiny", ["tiny-4bit", "tiny-4bit-2"]).name).toBe("tiny-4bit-3");
  expect(requestOf({ ...choices, name: "tiny-4bit" }, "tiny", ["tiny-4bit"]).name).toBe("tiny-4bit");
});

test("a recipe is called what people call it", () => {
  expect(["to=6", "to=mixed&mixed=mixed_2_6", "to=dtype"].map((address) => called(asked(address)))).toEqual([
    "6 bit",
    "mixed 2 and 6 bit",
    "bfloat16",
  ]);
});

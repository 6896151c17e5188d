import { expect, test } from "vitest";
import { readPick, writePick } from "../../api/picks";
import { type Comparison, readComparison, writeComparison } from "./address";
import { initialSettings } from "./settings";

const read = (search: string) => readComparison(new URLSearchParams(search));

test("everything that an address can say is read, and said again by it", () => {
  const said: Comparison = {
    base: "tiny",
    withBase: false,
    picks: [
      { adapter: "voice", file: null },
      { adapter: "voice", file: "latest" },
      { adapter: "v.2-b", file: 60 },
    ],
    data: "rows",
    prompt: "Who are you & why?",
    mode: "several",
    split: "train",
    count: 20,
    settings: {
      temperature: "0.7",
      tokens: "50",
      seed: "7",
      topP: "1",
      minP: "0",
      topK: "0",
      penalty: "1.1",
      stop: "###\nEnd",
      system: "Be brief.",
      thinking: "off",
    },
  };
  expect(read(String(writeComparison(said)))).toEqual(said);
});

test("an empty address says nothing, and what is as it was to begin with is not said", () => {
  expect(read("")).toEqual({
    base: "",
    withBase: true,
    picks: null,
    data: "",
    prompt: null,
    mode: "one",
    split: null,
    count: 5,
    settings: initialSettings,
  });
  expect(String(writeComparison({ ...read("base=tiny"), prompt: "" }))).toBe("base=tiny");
});

test("no adapter at all is told from nothing said, and the same one twice is one", () => {
  expect(read("adapter=").picks).toEqual([]);
  expect(String(writeComparison(read("adapter=")))).toBe("adapter=");
  expect(read("adapter=voice&adapter=voice@best&adapter=voice").picks?.map(writePick)).toEqual([
    "voice",
    "voice@best",
  ]);
});

test("a split that there is not, or a number that is not offered, is as not said", () => {
  expect(read("split=secret&count=7")).toEqual(read(""));
});

test("a prompt or system prompt that is too long for an address is left out of it", () => {
  const long = "x".repeat(1001);
  const comparison = { ...read("base=tiny"), prompt: long, settings: { ...initialSettings, system: long } };
  expect(String(writeComparison(comparison))).toBe("base=tiny");
});

test("what follows the @ is weights only where it can be", () => {
  expect(readPick("voice@best")).toEqual({ adapter: "voice", file: "best" });
  expect(readPick("voice@0")).toEqual({ adapter: "voice", file: 0 });
  expect(readPick("voice@worst")).toEqual({ adapter: "voice@worst", file: null });
});

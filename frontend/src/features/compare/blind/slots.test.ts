import { expect, test } from "vitest";
import type { Adapter } from "../../../api";
import { readComparison } from "../address";
import { type Completed, complete } from "../columns";
import { freeFiles, freePick, slotsOf, withSlot } from "./slots";

const address = (search: string): Completed => complete(readComparison(new URLSearchParams(search)), [], []);
const voice = { name: "voice", has_best: true, checkpoints: [30, 60] } as Adapter;
const pick = (adapter: string, file: number | "best" | "latest" | null = null) => ({ adapter, file });

test("base and adapters of the address take the places, at most three", () => {
  expect(slotsOf(address("adapter=voice"))).toEqual(["base", pick("voice"), null]);
  expect(slotsOf(address("without=base&adapter=a&adapter=b@60"))).toEqual([pick("a"), pick("b", 60), null]);
  expect(slotsOf(address("adapter=a&adapter=b&adapter=c"))).toEqual(["base", pick("a"), pick("b")]);
});

test("a changed place changes the address, and the base stands first", () => {
  const two = address("adapter=voice");
  expect(withSlot(two, 2, pick("plain"))).toMatchObject({
    withBase: true,
    picks: [pick("voice"), pick("plain")],
  });
  expect(withSlot(two, 0, pick("plain"))).toMatchObject({
    withBase: false,
    picks: [pick("plain"), pick("voice")],
  });
  expect(withSlot(two, 1, null)).toMatchObject({ withBase: true, picks: [] });
});

test("no two places can have the same weights", () => {
  const slots = [pick("voice"), pick("voice", 60), null];
  expect(freePick(voice, slots, 2)).toEqual(pick("voice", "latest"));
  expect(freeFiles(voice, slots, 1)).toEqual(["latest", 60, 30]);
  const all = { ...voice, checkpoints: [] };
  expect(freePick(all, [pick("voice"), pick("voice", "latest"), null], 2)).toBeNull();
});

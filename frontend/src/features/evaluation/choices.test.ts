import { expect, test } from "vitest";
import { readPick, writePick } from "../../api/picks";
import { withPicksOf } from "./choices";

const picks = (...written: string[]) => written.map(readPick);
const changed = (adapter: string, own: string[], before: string[]) =>
  withPicksOf(adapter, picks(...own), picks(...before)).map(writePick);

test("an adapter's weights change where it stands, and one that is new comes last", () => {
  expect(changed("a", ["a", "a@20"], ["a", "b", "c"])).toEqual(["a", "a@20", "b", "c"]);
  expect(changed("b", ["b@20"], ["a", "b", "c", "b@latest"])).toEqual(["a", "b@20", "c"]);
  expect(changed("b", [], ["a", "b", "c"])).toEqual(["a", "c"]);
  expect(changed("d", ["d"], ["a", "b"])).toEqual(["a", "b", "d"]);
});

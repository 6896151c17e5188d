import { expect, test } from "vitest";
import type { Session } from "../../api";
import { matching } from "./matching";

const session = (adapter_name: string, state: Session["state"], created_at: number) =>
  ({ adapter_name, state, created_at, model_name: "tiny", data_name: "rows" }) as Session;
const sessions = [
  session("one", "completed", 1),
  session("two", "early_stopped", 3),
  session("three", "failed", 2),
];

test("sessions come newest first, and are found by name or state", () => {
  const names = (wanted: string) => matching(sessions, wanted).map(({ adapter_name }) => adapter_name);
  expect(names("")).toEqual(["two", "three", "one"]);
  expect(names(" Early stopped")).toEqual(["two"]);
  expect(names("TINY")).toEqual(["two", "three", "one"]);
  expect(names("nothing")).toEqual([]);
});

import { expect, test } from "vitest";
import { readShown, writeSessions, writeShown } from "./address";

test("an address is read as it was written", () => {
  const shown = { sessionIds: ["b", "a"], by: "time", smoothing: "strong", log: true } as const;
  const address = writeShown({ ...shown, sessionIds: [...shown.sessionIds] }).toString();
  expect(address).toBe("session=b&session=a&by=time&smoothing=strong&scale=log");
  expect(readShown(new URLSearchParams(address))).toEqual(shown);
});

test("what an address says wrongly is as if it were not there, and a session stands once", () => {
  const address = "session=a&session=&session=b&session=a&by=distance&smoothing=much&scale=linear";
  expect(readShown(new URLSearchParams(address))).toEqual({
    sessionIds: ["a", "b"],
    by: "step",
    smoothing: null,
    log: false,
  });
  expect(writeShown(readShown(new URLSearchParams(address))).toString()).toBe("session=a&session=b&by=step");
  expect(writeSessions(["a", "b"]).toString()).toBe("session=a&session=b");
});

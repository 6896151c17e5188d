import { expect, test } from "vitest";
import { withAddresses } from "./links";

test("addresses are found without the full stop or the comma behind them, and nothing of the sentence is lost", () => {
  const sentence = "Open https://hub/org/model, agree, see (http://hub/settings/tokens).";
  const parts = withAddresses(sentence);
  expect(parts.filter(({ isAddress }) => isAddress).map(({ text }) => text)).toEqual([
    "https://hub/org/model",
    "http://hub/settings/tokens",
  ]);
  expect(parts.map(({ text }) => text).join("")).toBe(sentence);
  expect(withAddresses("No address.")).toEqual([{ text: "No address.", isAddress: false }]);
});

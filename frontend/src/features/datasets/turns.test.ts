import { expect, test } from "vitest";
import { turnsOf } from "./turns";

const user = { role: "user", content: "What is 2 + 2?" };
const assistant = { role: "assistant", content: "4" };

test.each([
  ["text", { text: "Once." }, [["text", "Once."]]],
  [
    "a conversation",
    { messages: [{ role: "system", content: "Be brief." }, user, assistant] },
    [
      ["system", "Be brief."],
      ["user", "What is 2 + 2?"],
      ["assistant", "4"],
    ],
  ],
  [
    "prompt and completion",
    { system: "Be brief.", prompt: "Hello", completion: "Hi" },
    [
      ["system", "Be brief."],
      ["user", "Hello"],
      ["assistant", "Hi"],
    ],
  ],
  [
    "a preference of strings",
    { prompt: "Hello", chosen: "Hi", rejected: "Go" },
    [
      ["user", "Hello"],
      ["chosen", "Hi"],
      ["rejected", "Go"],
    ],
  ],
  [
    "a preference of conversations",
    { prompt: [user], chosen: [assistant], rejected: [{ role: "assistant", content: "5" }] },
    [
      ["user", "What is 2 + 2?"],
      ["chosen, assistant", "4"],
      ["rejected, assistant", "5"],
    ],
  ],
  [
    "a question with its answer",
    { prompt: "2 + 2", answer: "4" },
    [
      ["user", "2 + 2"],
      ["answer", "4"],
    ],
  ],
])("%s is told turn by turn", (_, row, turns) => {
  expect(turnsOf(row).map(({ role, text }) => [role, text])).toEqual(turns);
});

test("calls of tools are shown, also where nothing is said with them", () => {
  const call = { type: "function", function: { name: "add", arguments: { a: 2 } } };
  expect(
    turnsOf({
      tools: [{ name: "add" }],
      messages: [{ role: "assistant", content: null, tool_calls: [call] }],
    }),
  ).toEqual([
    { role: "tools", text: JSON.stringify([{ name: "add" }], null, 2) },
    { role: "assistant, calls", text: JSON.stringify([call], null, 2) },
  ]);
});

test("what is no message is shown as it is", () => {
  expect(turnsOf({ messages: ["Hello", { role: 7, content: [{ type: "text" }] }] })).toEqual([
    { role: "not a message", text: '"Hello"' },
    { role: "no role", text: JSON.stringify([{ type: "text" }], null, 2) },
  ]);
});

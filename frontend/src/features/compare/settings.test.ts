import { expect, test } from "vitest";
import { initialSettings, readSettings } from "./settings";

test("what is typed is read as it is sent", () => {
  expect(readSettings(initialSettings)).toEqual({
    sampling: {
      temperature: 0,
      max_tokens: 200,
      seed: null,
      top_p: 0.9,
      min_p: 0.05,
      top_k: 40,
      repetition_penalty: 1,
      stop: [],
      system_prompt: null,
      chat_template_kwargs: {},
    },
    problems: {},
  });
  const typed = {
    ...initialSettings,
    seed: "7",
    stop: "###\n\n Q: ",
    system: "Be brief.",
    thinking: "off" as const,
  };
  expect(readSettings(typed).sampling).toMatchObject({
    seed: 7,
    stop: ["###", " Q: "],
    system_prompt: "Be brief.",
    chat_template_kwargs: { enable_thinking: false },
  });
});

test("what cannot be sent is refused in words, each beside its field", () => {
  const typed = {
    ...initialSettings,
    temperature: "hot",
    tokens: "0",
    seed: "-1",
    topP: "0",
    minP: "1.1",
    topK: "1.5",
    penalty: "",
    stop: "x".repeat(201),
  };
  expect(readSettings(typed)).toEqual({
    sampling: null,
    problems: {
      temperature: "A number from 0 to 5.",
      tokens: "A whole number from 1 to 32,768.",
      seed: "A whole number, 0 or more.",
      topP: "A number above 0, at most 1.",
      minP: "A number from 0 to 1.",
      topK: "A whole number; 0 leaves it out.",
      penalty: "A number from 0.01 to 10; 1 leaves it out.",
      stop: "At most 200 characters a line.",
    },
  });
  expect(readSettings({ ...initialSettings, stop: "a\n".repeat(9) }).problems.stop).toBe("At most 8 lines.");
});

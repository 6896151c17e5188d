import { expect, test } from "vitest";
import { byHand, draw, keyOf, questionsOf } from "./questions";

test("rows come with the turns before them, then the examples, none twice and none empty", () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
    { role: "user", content: "And?" },
    { role: "assistant", content: "Well." },
  ];
  const rows = [
    { row: { messages }, prompt: "And?", answer: "Well." },
    { row: { prompt: "1+1", completion: "2" }, prompt: "1+1", answer: "2" },
    { row: { text: "Once upon a time" }, prompt: null, answer: null },
    { row: { prompt: " ", completion: "2" }, prompt: " ", answer: "2" },
  ];
  const asked = { prompt: "And?", system: "Be brief.", history: messages.slice(1, 3) };
  expect(questionsOf(rows, ["1+1", "Who?"])).toEqual([asked, byHand("1+1"), byHand("Who?")]);
});

test("a question is drawn once, until none is left", () => {
  const questions = ["a", "b", "c"].map(byHand);
  const drawn = new Set<string>();
  const order: (string | undefined)[] = [];
  for (const chance of [0.99, 0, 0.99, 0.5]) {
    const question = draw(questions, drawn, () => chance);
    if (question) drawn.add(keyOf(question));
    order.push(question?.prompt);
  }
  expect(order).toEqual(["c", "a", "b", undefined]);
});

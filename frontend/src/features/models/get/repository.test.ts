import { expect, test } from "vitest";
import { readRepository } from "./repository";

test.each([
  ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B", null],
  ["  Qwen/Qwen3-0.6B \n", "Qwen/Qwen3-0.6B", null],
  ["gpt2", "gpt2", null],
  ["Qwen/Qwen3-0.6B@refs/pr/3", "Qwen/Qwen3-0.6B", "refs/pr/3"],
  ["https://huggingface.co/Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B", null],
  ["https://huggingface.co/Qwen/Qwen3-0.6B/", "Qwen/Qwen3-0.6B", null],
  ["huggingface.co/Qwen/Qwen3-0.6B?library=transformers#usage", "Qwen/Qwen3-0.6B", null],
  ["https://hf.co/Qwen/Qwen3-0.6B/tree/main", "Qwen/Qwen3-0.6B", "main"],
  ["https://huggingface.co/Qwen/Qwen3-0.6B/blob/refs%2Fpr%2F3/config.json", "Qwen/Qwen3-0.6B", "refs/pr/3"],
  ["http://127.0.0.1:8080/org/model", "org/model", null],
])("%s means a repository", (typed, id, revision) => {
  expect(readRepository(typed)).toEqual({ id, revision });
});

test.each([
  "",
  "   ",
  "org/",
  "/model",
  "org/model/more",
  "my model",
  "../up",
  "https://huggingface.co/",
  "https://",
  "org/model@",
])("'%s' means none", (typed) => {
  expect(readRepository(typed)).toBeNull();
});

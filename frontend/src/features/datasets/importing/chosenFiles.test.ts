import { expect, test } from "vitest";
import { fromDrop, fromInput, nameConflict } from "./chosenFiles";

function file(name: string, path = ""): File {
  return Object.defineProperty(new File(["x"], name), "webkitRelativePath", { value: path });
}

const fileEntry = (name: string) => ({
  isDirectory: false,
  name,
  file: (done: (found: File) => void) => done(file(name)),
});

/** Hands out two at a time, as browsers hand out a hundred. */
const folderEntry = (name: string, inside: { name: string }[]) => ({
  isDirectory: true,
  name,
  createReader: () => {
    const left = [...inside];
    return { readEntries: (done: (some: { name: string }[]) => void) => done(left.splice(0, 2)) };
  },
});

const dropped = (...entries: { name: string }[]) =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: [] }) as never;

test("files of a chosen folder keep their places in it, without the folder's own name", () => {
  const chosen = fromInput([
    file("b.csv", "data/sub/b.csv"),
    file("a.csv", "data/a.csv"),
    file(".DS_Store", "data/.DS_Store"),
  ]);
  expect(chosen.map(({ name }) => name)).toEqual(["a.csv", "sub/b.csv"]);
});

test("a dropped folder is opened to the last of its files", async () => {
  const folder = folderEntry("data", [
    fileEntry("train.jsonl"),
    folderEntry("sub", [fileEntry("a.csv"), fileEntry("b.csv"), fileEntry("c.csv")]),
    folderEntry(".git", [fileEntry("config")]),
    fileEntry("valid.jsonl"),
  ]);
  const chosen = await fromDrop(dropped(folder));
  expect(chosen.map(({ name }) => name)).toEqual([
    "sub/a.csv",
    "sub/b.csv",
    "sub/c.csv",
    "train.jsonl",
    "valid.jsonl",
  ]);
});

test("several things dropped together keep the names of their folders", async () => {
  const chosen = await fromDrop(dropped(folderEntry("one", [fileEntry("a.csv")]), fileEntry("b.csv")));
  expect(chosen.map(({ name }) => name)).toEqual(["b.csv", "one/a.csv"]);
});

test("a file that cannot be read is named", async () => {
  const locked = {
    ...fileEntry("locked.csv"),
    file: (_: unknown, failed: (why: Error) => void) => failed(new DOMException("no", "NotReadableError")),
  };
  await expect(fromDrop(dropped(folderEntry("data", [folderEntry("sub", [locked])])))).rejects.toThrow(
    "sub/locked.csv could not be read.",
  );
});

test.each([
  [["a.csv", "b.csv"], ["c.csv"], null],
  [["a.csv", "a.csv"], [], "Two of these files are called a.csv"],
  [["a.csv"], ["A.csv"], "a.csv is here already"],
  [["a.zip"], ["a.zip/b.csv"], "a.zip is here already"],
])("%j beside %j: %s", (names, there, says) => {
  const chosen = names.map((name) => ({ name, file: file(name) }));
  const conflict = nameConflict(chosen, there);
  expect(conflict?.slice(0, says?.length) ?? null).toBe(says);
});

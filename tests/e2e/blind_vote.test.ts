import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { faults, overflow, useStudio } from "./studio";

const studio = useStudio();
const repository = join(import.meta.dirname, "..", "..");
const adapters = ["radio-voice", "night-shift"];
const names = ["droid-starter", ...adapters];
const question = "Who keeps the lighthouse?";

interface Candidate {
  adapter_name: string | null;
  content_hash: string | null;
  text: string;
}

interface Vote {
  id: string;
  prompt: string;
  base_fingerprint: string;
  candidates: Candidate[];
  order: number[];
  outcome: number | "tie" | "both_bad";
  sampling: { seed: number; max_tokens: number };
}

/** What stood on the page at each of its changes while the answers were hidden. */
interface Watched {
  leaks: string[];
  lengths: number[][];
}

beforeAll(() => makeAdapters({ "radio-voice": 1, "night-shift": 2, "goes-away": 3, copy: 1 }));

test("nothing on the page tells who is who before the vote; then vote, tally and preference pairs are right", async () => {
  const page = await roundPage();
  const asked = page.waitForRequest((request) => request.url().endsWith("/api/models/compare"));
  await page.keyboard.press("ControlOrMeta+Enter");
  const { columns, seed } = (await asked).postDataJSON() as { columns: object[]; seed: number };
  await judging(page);
  const hidden = await texts(page);
  const html = await page.content();
  const vote = await cast(page, "2");

  const watched = await page.evaluate(() => (window as unknown as { watched: Watched }).watched);
  expect(watched.leaks).toEqual([]);
  expect(names.filter((name) => html.includes(name) || html.includes("base model"))).toEqual([]);
  expect([vote.base_fingerprint, ...hashes(vote)].filter((hash) => html.includes(hash.slice(0, 8)))).toEqual(
    [],
  );

  const final = hidden.map((text) => Array.from(text).length);
  expect(watched.lengths.length).toBeGreaterThan(3);
  for (const lengths of watched.lengths) {
    const reached = Math.max(...lengths);
    expect(lengths).toEqual(final.map((length) => Math.min(length, reached)));
  }

  const shown = vote.order.map((index) => vote.candidates[index] as Candidate);
  expect(columns).toHaveLength(3);
  expect(vote).toMatchObject({
    prompt: question,
    outcome: vote.order[1],
    sampling: { seed, max_tokens: 24 },
  });
  expect(shown.map(({ text }) => text)).toEqual(hidden);
  expect(vote.candidates.map(({ adapter_name }) => adapter_name)).toEqual([null, ...adapters]);
  const heads = await page.getByRole("article").getByRole("heading").allInnerTexts();
  for (const [place, { adapter_name }] of shown.entries()) {
    expect(heads[place]).toContain(adapter_name ?? "droid-starter");
    expect(heads[place]?.includes("Your choice")).toBe(place === 1);
  }

  const winner = shown[1] as Candidate;
  const tally = page.getByRole("region", { name: "Tally" });
  const won = tally.getByRole("listitem").filter({ hasText: "1 decided vote: 1 won, 0 lost" });
  await won.first().waitFor();
  expect(await won.first().innerText()).toContain(winner.adapter_name ?? "droid-starter");
  expect(await tally.innerText()).toContain("more votes would settle it");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download 2 preference pairs" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("droid-starter-preferences.jsonl");
  const pairs = readFileSync(await file.path(), "utf8")
    .trimEnd()
    .split("\n");
  const losers = vote.candidates.filter((candidate) => candidate !== vote.candidates[Number(vote.outcome)]);
  expect(pairs.map((line) => JSON.parse(line))).toEqual(
    losers.map(({ text }) => ({ prompt: question, chosen: winner.text, rejected: text })),
  );
  await page.context().close();
});

test("a round goes by the keyboard alone: tie, next prompt, both bad, and the last vote taken back", async () => {
  const page = await roundPage();
  const before = (await votes()).length;
  await page.keyboard.press("ControlOrMeta+Enter");
  await judging(page);
  await page.keyboard.press("4");
  expect(await votes()).toHaveLength(before);
  expect((await cast(page, "t")).outcome).toBe("tie");

  await page.keyboard.press("Enter");
  await judging(page);
  expect((await cast(page, "0")).outcome).toBe("both_bad");
  const prompts = (await votes()).slice(0, 2).map(({ prompt }) => prompt);
  expect(new Set(prompts).size).toBe(2);

  await page.getByRole("button", { name: "Take it back" }).waitFor();
  await page.keyboard.press("u");
  await page.getByRole("alertdialog").getByRole("button", { name: "Take it back" }).click();
  await page.getByText("The vote was taken back.", { exact: true }).waitFor();
  expect((await votes()).map(({ outcome }) => outcome).slice(0, 1)).toEqual(["tie"]);
  await expect.poll(() => page.getByLabel("Prompt", { exact: true }).count()).toBe(1);
  await page.context().close();
});

test("a reload in the middle of a round forgets the answers, and knows the contestants", async () => {
  const page = await roundPage();
  await page.keyboard.press("ControlOrMeta+Enter");
  await judging(page);
  const before = (await votes()).length;
  expect(new URL(page.url()).search).toBe("");
  await page.reload();
  await expect.poll(() => new URL(page.url()).searchParams.getAll("adapter")).toEqual(adapters);
  await page.getByLabel("Third contestant").filter({ hasText: "night-shift" }).waitFor();
  expect(await votes()).toHaveLength(before);
  await page.context().close();
});

test("a contestant that cannot answer, and the same weights twice, void the round in words", async () => {
  const before = (await votes()).length;

  const page = await roundPage(["goes-away"]);
  rmSync(join(folder("goes-away"), "adapters.safetensors"));
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.getByText("This round counts for nothing").waitFor();
  await page.getByText(/goes-away \(latest\) gave no answer\. .+/).waitFor();
  await page.context().close();

  const again = await roundPage(["radio-voice", "copy"]);
  await again.keyboard.press("ControlOrMeta+Enter");
  await again.getByText(/radio-voice \(latest\) and copy \(latest\) are the same weights/).waitFor();
  expect(await votes()).toHaveLength(before);
  await again.context().close();
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.each([1280, 390])("every face is accessible and fits on a screen of %d pixels", async (width) => {
    const page = await roundPage(adapters, {
      colorScheme,
      reducedMotion: "reduce",
      viewport: { width, height: 844 },
    });
    const look = async () => [...(await faults(page)), await overflow(page)];
    expect(await look()).toEqual([0]);
    await page.keyboard.press("ControlOrMeta+Enter");
    await judging(page);
    expect(await look()).toEqual([0]);
    await cast(page, "1");
    await page.getByRole("button", { name: "Take it back" }).waitFor();
    expect(await look()).toEqual([0]);
    await page.context().close();
  });
});

/** The page with base and adapters as contestants and the question written, watched from here on. */
async function roundPage(
  contestants = adapters,
  options: Parameters<typeof studio.page>[0] = {},
): Promise<Page> {
  const page = await studio.page(options);
  const search = new URLSearchParams([
    ["base", "droid-starter"],
    ...contestants.map((name) => ["adapter", name]),
  ]);
  await page.goto(`${studio.address}/compare/blind?${search}&tokens=24`);
  await page.getByLabel("Prompt", { exact: true }).fill(question);
  await page.evaluate(watch, names);
  return page;
}

function watch(wanted: string[]) {
  const watched: Watched = { leaks: [], lengths: [] };
  (window as unknown as { watched: Watched }).watched = watched;
  new MutationObserver(() => {
    if (!document.querySelector("fieldset")) return;
    const html = document.documentElement.outerHTML;
    watched.leaks.push(...wanted.filter((name) => html.includes(name)));
    const answers = [...document.querySelectorAll("article p")];
    if (document.querySelector("fieldset:disabled"))
      watched.lengths.push(answers.map(({ textContent }) => Array.from(textContent ?? "").length));
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** All answers stand there, and the focus is where the vote is cast. */
async function judging(page: Page): Promise<void> {
  await page.getByRole("group", { name: "Which answer is better?" }).waitFor();
  await page.locator("fieldset:enabled").waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("FIELDSET");
}

async function texts(page: Page): Promise<string[]> {
  return page.locator("article p").allTextContents();
}

async function cast(page: Page, key: string): Promise<Vote> {
  await page.keyboard.press(key);
  await page.getByRole("button", { name: "Next prompt" }).waitFor();
  const [vote] = await votes();
  return vote as Vote;
}

async function votes(): Promise<Vote[]> {
  return studio.get("/api/votes?model=droid-starter&limit=100");
}

function hashes({ candidates }: Vote): string[] {
  return candidates.map(({ content_hash }) => content_hash).filter((hash) => hash !== null);
}

function folder(name: string): string {
  return join(studio.home, "artifacts", "lora_adapters", name);
}

/** Those of one seed are the same weights. */
function makeAdapters(seeds: Record<string, number>): void {
  const code = `
import json, sys
from pathlib import Path
from backend.models.fingerprint import fingerprint
from tests.tiny_adapters import make_adapter
artifacts = Path(sys.argv[1])
base = artifacts / "base_model" / "droid-starter"
origin = {"base_model": base.name, "base_fingerprint": fingerprint(base), "session_id": None}
for name, seed in json.loads(sys.argv[2]).items():
    make_adapter(artifacts / "lora_adapters" / name, base, seed=seed, strength=0.2, provenance=origin)
`;
  const given = [join(studio.home, "artifacts"), JSON.stringify(seeds)];
  execFileSync(join(repository, ".venv", "bin", "python"), ["-c", code, ...given], { cwd: repository });
}

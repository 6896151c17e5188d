import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { starter, useHub } from "./hub";
import { faults, overflow, until, useStudio } from "./studio";

const hub = useHub(["org/whole", "org/other", "org/closed:gated"], 0.2);
const studio = useStudio();
const elsewhere = join(mkdtempSync(join(tmpdir(), "droid-e2e-model-")), "my-model");

beforeAll(() => {
  cpSync(starter, elsewhere, { recursive: true });
  hub.cacheModel("org/cached");
});
afterAll(() => rmSync(join(elsewhere, ".."), { recursive: true }));

const inLibrary = (name: string) => join(studio.home, "artifacts", "base_model", name);
const weightsOf = (folder: string) => readFileSync(join(folder, "model.safetensors"));

async function lookUp(page: Page, typed: string) {
  await page.goto(`${studio.address}/models?get=hub`);
  await page.getByLabel("Repository").fill(typed);
  await page.keyboard.press("Enter");
}

async function download(page: Page, typed: string) {
  await lookUp(page, typed);
  await page.getByRole("button", { name: "Download" }).click();
  await page.waitForURL(`${studio.address}/models`);
}

test("a repository is looked up, downloaded, paused and gone on with, while another is cancelled", async () => {
  const page = await studio.page();
  await download(page, "https://huggingface.co/org/whole");
  const whole = page.getByRole("listitem", { name: "org/whole" });
  await whole.getByText(/ of 4\.0 MB, .*\/s, about .* left/).waitFor();
  await whole.getByRole("button", { name: "Pause" }).click();
  await whole.getByText("Paused").waitFor();
  const figures = await whole.getByText(/ of 4\.0 MB/).innerText();

  await download(page, "org/other");
  const other = page.getByRole("listitem", { name: "org/other" });
  await other.getByText(/ of 4\.0 MB/).waitFor();
  await page.reload();
  expect(await whole.getByText(/ of 4\.0 MB/).innerText()).toBe(figures);
  await other.getByRole("button", { name: "Cancel" }).click();
  await other.waitFor({ state: "detached" });
  expect(existsSync(inLibrary("org--other"))).toBe(false);

  await whole.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("link", { name: "org--whole" }).waitFor({ timeout: 60_000 });
  await whole.waitFor({ state: "detached" });
  expect(weightsOf(inLibrary("org--whole")).equals(weightsOf(starter))).toBe(true);
  const row = await page.getByRole("row", { name: /^org--whole/ }).innerText();
  expect(row).toMatch(/qwen2 · chat template/);
  expect(row).toContain("Runs and trains");
});

test("a gated repository is refused in words, an unknown one too, and what was typed stays", async () => {
  const page = await studio.page();
  await lookUp(page, "org/closed");
  await page.getByText(/org\/closed is gated/).waitFor();
  expect(await page.getByLabel("Repository").inputValue()).toBe("org/closed");
  expect(await page.getByRole("button", { name: "Download" }).isDisabled()).toBe(true);
  await lookUp(page, "org/nothing");
  await page.getByText(/The hub has no repository 'org\/nothing'/).waitFor();
  expect(await page.getByLabel("Repository").inputValue()).toBe("org/nothing");
  await page.reload();
  await page.getByText(/The hub has no repository 'org\/nothing'/).waitFor();
});

test("what the cache holds is used where it lies, and is not offered again", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/models?get=cache`);
  await page.getByRole("button", { name: "Use it: org/cached" }).click();
  await page.waitForURL(`${studio.address}/models/org--cached`);
  await page.getByText("LoRA fits", { exact: true }).waitFor();
  await page.goto(`${studio.address}/models?get=cache`);
  await page.getByRole("link", { name: "In the library" }).waitFor();
});

test("the starter is quantised to 4 bit: the size is said before, the measured perplexity after", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/models/droid-starter`);
  await page.getByRole("radio", { name: "4 bit" }).waitFor();
  await page.locator("summary", { hasText: "More" }).click();
  await page.getByRole("combobox", { name: "Measure the cost on" }).click();
  await page.getByRole("option", { name: "starter" }).click();
  expect(new URL(page.url()).search).toBe("?on=starter");
  const sentence = await page.getByText(/^The weights will take/).innerText();
  await page.getByRole("button", { name: "Convert" }).click();
  const made = page.getByRole("listitem", { name: /^droid-starter to 4 bit/ });
  await made.getByRole("progressbar").waitFor();
  const perplexity = made.getByRole("row", { name: "Perplexity" });
  await perplexity.waitFor({ timeout: 100_000 });

  const [shown] = await studio.get<{ result: Result }[]>("/api/conversions");
  const { perplexity_before, perplexity_after, size_after_bytes } = shown?.result ?? ({} as Result);
  const before = perplexity_before.toPrecision(3);
  const after = perplexity_after.toPrecision(3);
  expect(await perplexity.innerText()).toContain(`${before}\t${after}`);
  expect(await made.innerText()).toMatch(
    /perplexity (rose by .*|even fell) on starter|No clear difference on starter/,
  );
  expect(sentence).toContain(`${(size_after_bytes / 1e6).toFixed(1)} MB instead of`);

  await made.getByRole("link", { name: "droid-starter-4bit" }).click();
  await page.getByRole("heading", { name: "This was made of droid-starter: 4 bit" }).waitFor();
  await page.getByText("QLoRA fits").waitFor();
  expect(await page.getByText("LoRA fits", { exact: true }).count()).toBe(0);
});

interface Result {
  perplexity_before: number;
  perplexity_after: number;
  size_after_bytes: number;
}

test("a folder is added by its path, and removing it takes the link alone", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/models?get=folder`);
  await page.getByLabel("Path of the folder").fill(join(elsewhere, "nowhere"));
  await page.keyboard.press("Enter");
  await page.getByText(/There is no model|There is no folder/).waitFor();
  await page.getByLabel("Path of the folder").fill(elsewhere);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${studio.address}/models/my-model`);
  await page.getByText("linked: it lies elsewhere").waitFor();
  expect(await page.getByRole("link", { name: "Train on this" }).getAttribute("href")).toBe(
    "/setup?model=my-model",
  );
  await page.getByRole("button", { name: "Remove" }).click();
  await page
    .getByRole("alertdialog")
    .getByText(/Only the link goes/)
    .waitFor();
  await page.getByRole("button", { name: "Remove the link" }).click();
  await page.waitForURL(`${studio.address}/models`);
  await page.getByText("The link my-model was removed.", { exact: true }).waitFor();
  expect(existsSync(inLibrary("my-model"))).toBe(false);
  expect(existsSync(join(elsewhere, "config.json"))).toBe(true);
});

test("a folder of the library is deleted with what is in it, after asking", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/models/org--whole`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: /^Delete 4\.0 MB/ }).click();
  await page.waitForURL(`${studio.address}/models`);
  await until(async () => !existsSync(inLibrary("org--whole")), "the folder to be gone");
  await page.getByRole("link", { name: "org--whole" }).waitFor({ state: "detached" });
});

const faces: [name: string, path: string, ready: (page: Page) => Promise<unknown>][] = [
  ["the library", "/models", (page) => page.getByText("Runs and trains").first().waitFor()],
  ["the hub", "/models?get=hub&repo=org/other", (page) => page.getByText("Name here").waitFor()],
  ["a refusal", "/models?get=hub&repo=org/nothing", (page) => page.getByText("Look again").waitFor()],
  ["the cache", "/models?get=cache", (page) => page.getByText("org/cached").waitFor()],
  ["a folder", "/models?get=folder", (page) => page.getByText("Add it").waitFor()],
  [
    "a model",
    "/models/droid-starter",
    (page) => page.getByRole("table", { name: "Before and after" }).waitFor(),
  ],
  ["no model", "/models/nothing", (page) => page.getByText("There is no such model").waitFor()],
];

test.each(["light", "dark"] as const)("in %s every face is accessible and fits", async (colorScheme) => {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport });
    for (const [name, path, ready] of faces) {
      await page.goto(studio.address + path);
      await ready(page);
      expect([name, await faults(page), await overflow(page)]).toEqual([name, [], 0]);
    }
    await page.context().close();
  }
});

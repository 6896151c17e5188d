import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { makeAdapter } from "./adapters";
import { faults, overflow, until, useStudio } from "./studio";

const studio = useStudio();
const adapters = ["radio-voice", "night-shift", `long-${"name.".repeat(20)}end`];
const columns = ["the base model", "radio-voice, latest", "night-shift, step 60", `${adapters[2]}, latest`];
const question = "Who keeps the lighthouse?";
/** With this seed every column has more than 700 tokens to say. */
const longAnswers = "&tokens=4000&temperature=5&top_p=1&min_p=0&top_k=0&seed=3";
let voiceFolder: string;

beforeAll(() => {
  voiceFolder = makeAdapter(studio.home, "radio-voice", 1);
  makeAdapter(studio.home, "night-shift", 2, 60);
  makeAdapter(studio.home, adapters[2] ?? "", 3);
  const elsewhere = makeAdapter(studio.home, "elsewhere", 4);
  const origin = { base_model: "org/other-model", base_fingerprint: "f".repeat(64), session_id: null };
  writeFileSync(join(elsewhere, "provenance.json"), JSON.stringify(origin));
});

test("base and three adapters stream at once, show how they differ and which weights spoke", async () => {
  const page = await comparison("&tokens=60");
  await page.evaluate(watchAnswers);
  await page.keyboard.press("ControlOrMeta+Enter");
  await answered(page);

  const watched = await page.evaluate(() => (window as unknown as { watched: number[][] }).watched);
  const final = watched.at(-1) ?? [];
  const growing = (lengths: number[]) =>
    lengths.filter((length, place) => length > 0 && length < (final[place] ?? 0)).length;
  expect(final.length).toBe(4);
  // The base's answer is a few words, said before some adapter's first ones are whole.
  expect(watched.filter((lengths) => growing(lengths) >= 3).length).toBeGreaterThan(0);

  expect(await page.locator("mark").count()).toBe(0);
  await page.getByRole("switch", { name: "Mark what differs from the base" }).click();
  const texts = await page.getByTestId("answer").allTextContents();
  const told = await column(page, 1)
    .getByText(/of the words are equal/)
    .textContent();
  expect(new Set(texts).size).toBe(4);
  expect(await column(page, 1).locator("mark").count()).toBeGreaterThan(0);
  expect(await column(page, 0).locator("mark").count()).toBe(0);
  expect(Number.parseFloat(told ?? "100")).toBeLessThan(100);
  expect(
    await column(page, 1)
      .getByText(/tok\/s/)
      .count(),
  ).toBe(1);

  const hash = createHash("sha256")
    .update(readFileSync(join(voiceFolder, "adapters.safetensors")))
    .digest("hex");
  const models = await studio.get<{ fingerprint: string }>("/api/models/droid-starter");
  await column(page, 1).getByText("Which weights").click();
  const shown = await detailsOf(column(page, 1));
  expect(shown).toMatchObject({
    Weights: "latest",
    "Adapter content": hash.slice(0, 12),
    Method: "LoRA",
    Rank: "4",
    Keys: "7",
    Layers: "all 4",
    "Base fingerprint": models.fingerprint.slice(0, 12),
    "Chat template": "the model's own",
  });
  expect(await column(page, 1).getByText(hash.slice(0, 12)).getAttribute("title")).toBe(hash);
  const colours = await page
    .locator("article")
    .evaluateAll((all) => all.map((each) => getComputedStyle(each).borderTopColor));
  expect(new Set(colours).size).toBe(4);

  await page.reload();
  await expect.poll(() => page.getByRole("article").count()).toBe(4);
  expect(await names(page)).toEqual(columns.map((name) => `Answer of ${name}`));
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe(question);
  expect(await page.getByLabel("Length").inputValue()).toBe("60");
});

test("an answer is proved to come from the adapter, against the base and against mlx_lm itself", async () => {
  const page = await comparison("&tokens=4");
  await page.keyboard.press("ControlOrMeta+Enter");
  await answered(page);
  await column(page, 1).getByText("Which weights").click();
  await column(page, 1).getByRole("button", { name: "Prove it" }).click();
  const measured = column(page, 1).getByLabel("Measured");
  await measured.waitFor({ timeout: 90_000 });
  await column(page, 1)
    .getByText("radio-voice is live, and equal to what mlx_lm loads.", { exact: true })
    .waitFor();
  const rows = await rowsOf(measured);
  expect(Number(rows["Largest difference to the base"])).toBeGreaterThan(0);
  expect(rows["Difference to mlx_lm"]).toMatch(/, allowed /);
  expect(await faults(page)).toEqual([]);
});

test("one column is stopped alone, then all by Escape; the rows are free and the next question is answered", async () => {
  const page = await comparison(longAnswers);
  await stopSecond(page);
  await expect.poll(() => page.locator('article[aria-busy="true"]').count()).toBeGreaterThan(0);
  await page.keyboard.press("Escape");
  await answered(page);
  // At this temperature a column may come to its end by itself before.
  const reasons = await page.getByText(/^(stopped|ended by itself)$/).allTextContents();
  expect(reasons).toHaveLength(4);
  expect(reasons.filter((reason) => reason === "stopped").length).toBeGreaterThan(1);
  await until(
    async () => (await studio.get<{ rows: number }>("/api/inference")).rows === 0,
    "the rows to be free",
    20,
  );

  await page.getByLabel("Length").fill("3");
  await page.keyboard.press("ControlOrMeta+Enter");
  await answered(page);
  await expect.poll(() => page.getByText("3 tokens").count()).toBe(4);
  await page.getByText(/droid-starter is in memory, .* Unloads at/).waitFor();
  await page.getByRole("button", { name: "Unload now" }).click();
  await page.getByText(/^No model is in memory\./).waitFor();
});

test("a conversation goes on from what each column said, and its beginning comes from the cache", async () => {
  const page = await comparison("&tokens=12&mode=conversation");
  await page.keyboard.press("ControlOrMeta+Enter");
  await answered(page);
  const asked = page.waitForRequest((request) => request.url().endsWith("/api/models/compare"));
  await page.getByLabel("Prompt", { exact: true }).fill("And who built it?");
  await page.keyboard.press("ControlOrMeta+Enter");
  const { columns: sent } = (await asked).postDataJSON() as { columns: { history: { content: string }[] }[] };
  await answered(page);
  const first = await page
    .getByRole("article")
    .evaluateAll((all) => all.map((each) => each.querySelector("[data-testid=answer]")?.textContent));
  expect(sent.map(({ history }) => history.map(({ content }) => content))).toEqual(
    first.map((text) => [question, text]),
  );
  await column(page, 1).getByText("Which weights").click();
  const cached = (await detailsOf(column(page, 1)))["Prompt cached"];
  expect(Number.parseInt(cached ?? "0", 10)).toBeGreaterThan(0);
});

test("prompts of the test split are answered one by one beside their references, and taken along as a file", async () => {
  const page = await comparison("&tokens=8&mode=several");
  await page.getByRole("button", { name: "Ask 5 prompts" }).click();
  await page.getByText(/^5 prompts answered in/).waitFor({ timeout: 90_000 });
  const rows = readFileSync(join(studio.home, "artifacts/datasets/starter/test.jsonl"), "utf8")
    .split("\n")
    .slice(0, 5);
  const wanted = rows.map((row) =>
    (JSON.parse(row) as { messages: { content: string }[] }).messages.map(({ content }) => content),
  );

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "JSONL" }).click();
  const file = readFileSync(await (await download).path(), "utf8")
    .trim()
    .split("\n");
  const kept = file.map(
    (line) => JSON.parse(line) as { prompt: string; reference: string; answers: { text: string }[] },
  );
  expect(kept.map(({ prompt, reference }) => [prompt, reference])).toEqual(wanted);
  expect(kept.map(({ answers }) => answers.length)).toEqual([4, 4, 4, 4, 4]);
  for (const { answers } of kept) {
    for (const { text } of answers)
      expect(await page.getByText(text, { exact: true }).count()).toBeGreaterThan(0);
  }
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
});

test("an adapter of another base says so, is not offered, and does not hold up the others", async () => {
  const page = await studio.page();
  await page.goto(
    `${studio.address}/compare?base=droid-starter&adapter=elsewhere&adapter=radio-voice&tokens=4`,
  );
  const refused = page.getByRole("article", { name: "Answer of elsewhere, latest" });
  await refused.getByText("It was trained on other-model, and cannot answer on droid-starter.").waitFor();
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.getByRole("article", { name: "Answer of radio-voice, latest" }).getByTestId("answer").waitFor();
  await page.getByRole("button", { name: "Add column" }).click();
  const offered = page.getByRole("menuitem", { name: /^elsewhere/ });
  expect(await offered.getAttribute("aria-disabled")).toBe("true");
});

test("when the server goes in mid-answer, what was said stays, every column says so, and the next question is answered", async () => {
  const page = await comparison(longAnswers);
  await page.keyboard.press("ControlOrMeta+Enter");
  for (const place of columns.keys()) await column(page, place).getByTestId("answer").waitFor();
  await studio.kill();
  const alerts = page.getByRole("alert").filter({ hasText: "broke off in the middle of the answer" });
  // At this temperature a column may have come to its end by itself before.
  const ended = page.getByText("ended by itself");
  await expect.poll(async () => (await alerts.count()) + (await ended.count()), { timeout: 20_000 }).toBe(4);
  expect(await alerts.count()).toBeGreaterThan(1);
  const texts = await page.getByTestId("answer").allTextContents();
  expect(texts.every((text) => text.length > 0)).toBe(true);
  expect(await faults(page)).toEqual([]);

  await studio.start();
  await page.getByLabel("Length").fill("3");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect.poll(() => page.getByText("3 tokens").count(), { timeout: 60_000 }).toBe(4);
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.each([1280, 390])("four columns at %i pixels are accessible and fit", async (width) => {
    const page = await comparison("&tokens=12", {
      colorScheme,
      reducedMotion: "reduce",
      viewport: { width, height: 844 },
    });
    await page.getByRole("button", { name: "Compare answers" }).click();
    await answered(page);
    await page.getByText("More settings").click();
    await page.getByRole("switch").click();
    await column(page, 1).getByText("Which weights").click();
    expect(await faults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.context().close();
  });
});

async function comparison(more: string, options: Parameters<typeof studio.page>[0] = {}): Promise<Page> {
  const page = await studio.page(options);
  const search = new URLSearchParams([
    ["base", "droid-starter"],
    ["adapter", "radio-voice"],
    ["adapter", "night-shift@60"],
    ["adapter", adapters[2] ?? ""],
    ["prompt", question],
  ]);
  await page.goto(`${studio.address}/compare?${search}${more}`);
  await page.getByRole("button", { name: "Add column" }).waitFor();
  return page;
}

function column(page: Page, place: number): Locator {
  return page.getByRole("article", { name: `Answer of ${columns[place]}` });
}

async function names(page: Page): Promise<(string | null)[]> {
  return page.getByRole("article").evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
}

/**
 * Asks, and again where the second column ends by itself before it is stopped: at any token it may. The button moves
 * down with the text, so that a click can miss it.
 */
async function stopSecond(page: Page): Promise<void> {
  const stop = page.getByRole("button", { name: "Stop radio-voice, latest" });
  const end = column(page, 1).getByText(/^(stopped|ended by itself)$/);
  await until(async () => {
    await page.keyboard.press("ControlOrMeta+Enter");
    await until(async () => {
      await stop.click({ timeout: 2000 }).catch(() => null);
      return (await end.count()) > 0;
    }, "the second column to end");
    if ((await end.textContent()) === "stopped") return true;
    await page.keyboard.press("Escape");
    await answered(page);
    return false;
  }, "a column that is stopped before it ends");
}

/** Every column has come to its end. */
async function answered(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: "Ask again" })
    .and(page.locator(":enabled"))
    .waitFor({ timeout: 90_000 });
}

/** How long each answer was at each change of the page. */
function watchAnswers() {
  const watched: number[][] = [];
  (window as unknown as { watched: number[][] }).watched = watched;
  new MutationObserver(() => {
    const articles = [...document.querySelectorAll("article")];
    watched.push(
      articles.map((each) => each.querySelector("[data-testid=answer]")?.textContent?.length ?? 0),
    );
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

async function detailsOf(article: Locator): Promise<Record<string, string>> {
  return rowsOf(article.getByLabel("Details"));
}

async function rowsOf(list: Locator): Promise<Record<string, string>> {
  return list.evaluate((element) =>
    Object.fromEntries(
      [...element.querySelectorAll("div")].map((row) => [
        row.querySelector("dt")?.textContent ?? "",
        row.querySelector("dd")?.textContent ?? "",
      ]),
    ),
  );
}

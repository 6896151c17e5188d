import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { faults, overflow, until, useStudio } from "./studio";

const studio = useStudio();
const windows = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

interface Dataset {
  name: string;
  format: string;
  rows: { [split: string]: number };
  done: string[];
}

interface TokenView {
  tokens: { text: string; loss: boolean; special: boolean }[];
}

/** Columns that are called nothing known; one answer is missing, and one row is there twice. */
const harbour = [
  "nr,frage,antwort",
  ...Array.from({ length: 40 }, (_, index) => `${index},"Wo liegt Boot ${index}?","Am Steg ${index}. ⛵"`),
  '40,"Wo liegt Boot 40?",',
  '41,"Wo liegt Boot 0?","Am Steg 0. ⛵"',
].join("\n");

const csv = (name: string, text = harbour) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

async function bring(page: Page, file: ReturnType<typeof csv>) {
  await page.goto(`${studio.address}/data/import`);
  await page.getByLabel("Choose files").setInputFiles(file);
  await page.waitForURL(/\/data\/import\/.+/);
}

async function choose(page: Page, field: string, option: string | RegExp) {
  await page.getByRole("combobox", { name: field }).click();
  await page.getByRole("option", { name: option }).click();
}

async function mapHarbour(page: Page) {
  await page.getByText("What these columns mean is not known").waitFor();
  await choose(page, "Every row is", "Question and answer");
  await choose(page, "Instruction", /^frage/);
  await choose(page, "Output", /^antwort/);
}

test("a CSV with columns of any name becomes a data set: mapped, checked, decided about, seen as tokens, trained on by a preset", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/data`);
  await page.getByRole("link", { name: "starter", exact: true }).waitFor();
  await page.getByRole("link", { name: "Bring data" }).click();
  await page.getByLabel("Choose files").setInputFiles(csv("harbour.csv"));
  await mapHarbour(page);
  const preview = page.getByRole("region", { name: "The first rows" });
  await expect
    .poll(() => preview.locator("dl").nth(1).innerText())
    .toMatch(/user\s+Wo liegt Boot 0\?\s+assistant\s+Am Steg 0/);

  await page.reload();
  await expect.poll(() => page.getByRole("combobox", { name: "Instruction" }).innerText()).toContain("frage");
  await preview.getByRole("button", { name: "Tokens, with droid-starter" }).first().click();
  await preview.getByText("<|im_start|>").first().waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("42 rows read").waitFor({ timeout: 60_000 });
  const finding = page.getByRole("listitem").filter({ hasText: "in 1 row" }).filter({ hasText: /empty/i });
  await finding.getByText("Where").click();
  await finding.getByText("harbour.csv:42").waitFor();
  await page.getByText("First decide about 1 finding above.").waitFor();
  expect(await page.getByRole("button", { name: "Import", exact: true }).isDisabled()).toBe(true);

  await page.reload();
  await finding.getByRole("radio", { name: "Leave out" }).click();
  await page.getByLabel("Name").fill("harbour");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.waitForURL(/\/data\/harbour$/, { timeout: 60_000 });
  const made = await studio.get<Dataset>("/api/datasets/harbour");
  expect([made.format, (made.rows.train ?? 0) + (made.rows.valid ?? 0)]).toEqual(["prompt_completion", 41]);
  expect(made.rows.valid).toBeGreaterThan(0);
  expect(await studio.get("/api/imports")).toEqual([]);

  await page.getByRole("button", { name: "Tokens of row 2", exact: true }).click();
  await page.getByRole("radio", { name: "Answers only" }).click();
  const { tokens } = await tokensOf("harbour", 1);
  const shown = page.getByRole("region", { name: "Tokens" });
  const withLoss = tokens.filter(({ loss }) => loss).length;
  await expect.poll(() => shown.locator("[title*='carries loss']").count()).toBe(withLoss);
  expect(await shown.locator("[title$='a special token']").count()).toBe(
    tokens.filter(({ special }) => special).length,
  );
  await page.getByText("tokens are trained on").click();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.getByLabel("Row", { exact: true }).inputValue()).toBe("3");
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    view: "tokens",
    split: "train",
    row: "3",
    loss: "answers",
  });

  await page.getByRole("link", { name: "Train on this" }).click();
  await page.waitForURL(/\/setup\?data=harbour$/);
  await page.getByRole("combobox", { name: "Data" }).filter({ hasText: "harbour" }).waitFor();
  await page.getByRole("radio", { name: "A quick look" }).click();
  await page.getByText(/^It set \d+ fields$/).waitFor();
  const verdict = page.getByRole("region", { name: "Memory and time" });
  await verdict.getByText(/^It should fit: about [\d.]+ GB/).waitFor();
  await page.getByRole("button", { name: "Start training" }).click();
  await page.waitForURL(/\/training\/.+/);
  const id = page.url().split("/").at(-1) ?? "";
  await studio.reached(id, ["completed", "early_stopped"]);
  const { data_name, iteration } = await studio.get<{ data_name: string; iteration: number }>(
    `/api/sessions/${id}`,
  );
  expect([data_name, iteration > 0]).toEqual(["harbour", true]);
}, 240_000);

async function tokensOf(data: string, row: number): Promise<TokenView> {
  const asked = { model_name: "droid-starter", data, row, mask_prompt: true };
  return (await studio.post("/api/tokens/view", asked)).json() as Promise<TokenView>;
}

test("a draft that was left is offered again as it was, and can be thrown away", async () => {
  const page = await studio.page();
  await bring(page, csv("left.csv"));
  await mapHarbour(page);
  await page.getByRole("link", { name: "Data", exact: true }).click();
  await page.getByRole("link", { name: "Go on with left" }).click();
  await expect.poll(() => page.getByRole("combobox", { name: "Output" }).innerText()).toContain("antwort");
  await page.goBack();
  await page.getByRole("button", { name: "Discard left" }).click();
  await page.getByRole("button", { name: "Throw away" }).click();
  await page.getByText("Begun and not finished").waitFor({ state: "detached" });
  expect(await studio.get("/api/imports")).toEqual([]);
});

test("text is pasted, cleaned by the rules that are asked for alone, and a taken name is asked about", async () => {
  const page = await studio.page();
  const rows = ["  Where is the mill? ", "Who is there?"].map((question) =>
    JSON.stringify({ question, answer: "Ask at the pier." }),
  );
  await page.goto(`${studio.address}/data/import`);
  await page.getByLabel("Or pasted text").fill(rows.join("\n"));
  await page.getByRole("button", { name: "Use this text" }).click();
  await page.getByText("Clean the text").click();
  await page.getByRole("checkbox", { name: /^Trim/ }).check();
  await page.getByRole("radio", { name: "Nothing" }).click();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("In the check it changed 1 row.").waitFor({ timeout: 60_000 });
  await page.getByLabel("Name").fill("starter");
  await page.getByText("There is a data set “starter” already").waitFor();
  expect(await page.getByRole("button", { name: "Import", exact: true }).isDisabled()).toBe(true);
  await page.getByRole("radio", { name: "Take the next free name" }).click();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.waitForURL(/\/data\/starter-2$/, { timeout: 60_000 });
  await page.getByRole("article").getByText("Where is the mill?", { exact: true }).waitFor();
  expect((await studio.get<Dataset>("/api/datasets/starter-2")).rows).toEqual({ train: 2 });
});

test("a path that leads nowhere is said at its field, and one that leads to a folder is read in place", async () => {
  const folder = join(studio.home, "some data");
  mkdirSync(folder);
  for (const split of ["train", "valid"])
    writeFileSync(join(folder, `${split}.jsonl`), '{"prompt": "a", "completion": "b"}\n');
  const page = await studio.page();
  await page.goto(`${studio.address}/data/import`);
  await page.getByLabel("Or a path on this machine").fill(join(folder, "nothing"));
  await page.getByRole("button", { name: "Read it" }).click();
  await until(
    async () => (await page.getByLabel("Or a path on this machine").getAttribute("aria-invalid")) === "true",
    "the refusal at its field",
  );
  await page.getByLabel("Or a path on this machine").fill(folder);
  await page.getByRole("button", { name: "Read it" }).click();
  await page.getByRole("radio", { name: "As the files are named" }).waitFor();
  expect(await page.getByRole("radio", { name: "As the files are named" }).isChecked()).toBe(true);
  await page.getByRole("button", { name: "Start over" }).click();
  await page.getByRole("button", { name: "Throw away" }).click();
  await page.getByText("Drop files or a folder here").waitFor();
});

test("an upload shows how far it is, and once cancelled leaves nothing", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/data/import`);
  const network = await page.context().newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 400_000,
  });
  await page.getByLabel("Choose files").setInputFiles(csv("large.csv", harbour.repeat(4000)));
  await page.getByText(/ of \d\.\d MB/).waitFor();
  await expect
    .poll(async () => Number(await page.getByRole("progressbar").getAttribute("aria-valuenow")), {
      timeout: 20_000,
    })
    .toBeGreaterThan(5);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Drop files or a folder here").waitFor();
  await until(async () => (await studio.get<unknown[]>("/api/imports")).length === 0, "the draft to be gone");
});

test("a check of many rows goes on over a reload, and can be cancelled", async () => {
  const rows = Array.from({ length: 300_000 }, (_, index) => `{"text": "Row ${index}."}\n`);
  writeFileSync(join(studio.home, "many.jsonl"), rows.join(""));
  const page = await studio.page();
  await page.goto(`${studio.address}/data/import`);
  await page.getByLabel("Or a path on this machine").fill(join(studio.home, "many.jsonl"));
  await page.getByRole("button", { name: "Read it" }).click();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  const progress = page.getByRole("progressbar", { name: "Progress of the check" });
  await progress.waitFor();
  await page.reload();
  await progress.waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByText("The check did not come to its end").waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: "Start over" }).click();
  await page.getByRole("button", { name: "Throw away" }).click();
  await page.getByText("Drop files or a folder here").waitFor();
});

test("statistics follow the settings, and the address keeps them", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/data/starter?view=statistics&length=45`);
  await page.getByText("92 rows of 434 are longer than 45 tokens").waitFor({ timeout: 60_000 });
  await page.getByLabel("Epochs").fill("3");
  await page.getByText("Iterations for 3 epochs").waitFor();
  await page.getByText("165", { exact: true }).waitFor();
  await page.getByLabel("Longest sequence").fill("1");
  await page.getByText("A whole number from 2 to 1,048,576.").waitFor();
  await page.getByLabel("Longest sequence").fill("30");
  await page.reload();
  expect(await page.getByLabel("Epochs").inputValue()).toBe("3");
  await page.getByText(/are longer than 30 tokens/).waitFor({ timeout: 60_000 });
});

test("a data set is deleted after asking", async () => {
  mkdirSync(join(studio.home, "artifacts/datasets/gone"), { recursive: true });
  writeFileSync(join(studio.home, "artifacts/datasets/gone/train.jsonl"), '{"text": "x"}\n');
  const page = await studio.page();
  await page.goto(`${studio.address}/data/gone`);
  await page.getByText("Text: 1 train").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL(/\/data$/);
  await page.getByText("gone was deleted.", { exact: true }).waitFor();
  expect((await studio.get<Dataset[]>("/api/datasets")).map(({ name }) => name)).not.toContain("gone");
});

describe("every face", () => {
  let draft = "";
  const long = `long-${"name.".repeat(22)}end`;

  /** Rows of every script, a row of 30,000 tokens, no validation rows, a set that cannot be used, and a checked draft. */
  beforeAll(async () => {
    const put = (name: string, text: string) => {
      const folder = join(studio.home, "artifacts/datasets", name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "train.jsonl"), text);
    };
    const said = (question: string, answer: string) =>
      JSON.stringify({
        messages: [
          { role: "user", content: question },
          { role: "assistant", content: answer },
        ],
      });
    put(
      long,
      [
        said("أين العبّارة؟\nومتى تغادر؟", "عند الرصيف، الساعة 9. 👩‍👩‍👧🏽 OK"),
        said("x".repeat(4000), "Once upon a time the ferry sailed. ".repeat(3500)),
      ].join("\n"),
    );
    put("unusable", '{"text": "a"}\n{broken\n');
    const page = await studio.page();
    await bring(page, csv("faces.csv"));
    await mapHarbour(page);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText("42 rows read").waitFor({ timeout: 60_000 });
    draft = new URL(page.url()).pathname;
    await page.context().close();
  });

  const faces: [name: string, path: () => string, ready: (page: Page) => Promise<unknown>][] = [
    ["the list", () => "/data", (page) => page.getByText("Begun and not finished").waitFor()],
    [
      "bringing data",
      () => "/data/import",
      (page) => page.getByText("Drop files or a folder here").waitFor(),
    ],
    ["a checked draft", () => draft, (page) => page.getByText("42 rows read").waitFor()],
    ["rows", () => `/data/${long}`, (page) => page.getByText("Show all of it").waitFor()],
    [
      "tokens from right to left",
      () => `/data/${long}?view=tokens&loss=answers&length=60`,
      (page) => page.getByText("cut here, after 60 tokens").waitFor(),
    ],
    [
      "tokens of a long row",
      () => `/data/${long}?view=tokens&row=2&length=60000&part=20`,
      (page) => page.getByText(/28,501 to/).waitFor(),
    ],
    [
      "statistics",
      () => "/data/starter?view=statistics&length=45",
      (page) => page.getByText("92 rows").waitFor(),
    ],
    ["a set that cannot be used", () => "/data/unusable", (page) => page.getByRole("alert").waitFor()],
    ["a set that is not there", () => "/data/nowhere", (page) => page.getByText("All data sets").waitFor()],
  ];

  describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
    describe.each(["wide", "narrow"] as const)("on a %s screen", (width) => {
      test.each(faces)("%s is accessible and fits", async (name, path, ready) => {
        const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport: windows[width] });
        await page.goto(studio.address + path());
        await ready(page);
        if (process.env.DROID_SHOTS)
          await page.screenshot({
            path: join(process.env.DROID_SHOTS, `${name}-${colorScheme}-${width}.png`),
            fullPage: true,
          });
        expect(await faults(page)).toEqual([]);
        expect(await overflow(page)).toBe(0);
        await page.context().close();
      });
    });
  });
});

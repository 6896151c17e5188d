import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { faults, longRun, overflow, type Session, until, useStudio } from "./studio";

const studio = useStudio();
const narrow = {
  colorScheme: "dark",
  reducedMotion: "reduce",
  viewport: { width: 390, height: 844 },
} as const;

interface Status {
  running: Session | null;
  queue: Session[];
}

async function start(settings: object): Promise<string> {
  const answer = await studio.post("/api/training/start", { ...longRun, ...settings });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as Session).id;
}

async function isSound(page: Page): Promise<void> {
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

/** The steps on the chart, from the table under it. */
async function steps(page: Page): Promise<string[]> {
  const rows = page.getByRole("region", { name: "Losses" }).locator("tbody tr");
  return rows.evaluateAll((all) => all.map((row) => row.children[0]?.textContent ?? ""));
}

test("a run is paused, the next one goes on, and continued every step is on its chart once", async () => {
  const first = await start({ adapter_name: "first" });
  const page = await studio.page(narrow);
  await page.goto(`${studio.address}/training/${first}`);
  await page.getByText("Losses as a table").click();
  await until(async () => (await steps(page)).length > 1, "points on the chart");
  const next = await start({ adapter_name: "next", iterations: 4 });
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByText(/^Everything is saved as it was after step \d+, and the memory is free/).waitFor();
  await isSound(page);
  const paused = (await studio.session(first)).iteration;
  await studio.reached(next, ["completed"]);

  await page.getByRole("button", { name: "Continue" }).click();
  const goesOn = async () => (await steps(page)).some((step) => Number(step) > paused + 2);
  await until(goesOn, "the chart to go on");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Stop training" }).click();
  await page.getByRole("button", { name: /^Resume from step/ }).waitFor();
  const shown = (await steps(page)).map(Number);
  expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
});

test("a finished run is trained further on its own chart", async () => {
  const id = await start({ adapter_name: "further", iterations: 4 });
  await studio.reached(id, ["completed"]);
  const page = await studio.page(narrow);
  await page.goto(`${studio.address}/training/${id}`);
  await page.getByText("Losses as a table").click();
  await page.getByRole("button", { name: "Train further" }).click();
  await page.getByLabel("Steps in all").fill("8");
  await isSound(page);
  await page.keyboard.press("Enter");
  await until(async () => (await steps(page)).includes("8"), "the chart to go on");
  expect((await studio.reached(id, ["completed"])).iteration).toBe(8);
});

test("the page of a run at rest notices that a script lets it go further", async () => {
  const id = await start({ adapter_name: "by-script", iterations: 4 });
  await studio.reached(id, ["completed"]);
  const page = await studio.page(narrow);
  await page.goto(`${studio.address}/training/${id}`);
  await page.getByText("Losses as a table").click();
  await until(async () => (await steps(page)).includes("4"), "the chart to be drawn");
  expect((await studio.post(`/api/sessions/${id}/resume`, { iterations: 8 })).status).toBe(200);
  await until(async () => (await steps(page)).includes("8"), "the chart to go on");
  await page.getByText("step 8 of 8").waitFor();
});

test("what waits is put in order and taken out from the page", async () => {
  const held = await start({ adapter_name: "held" });
  const waiting: string[] = [];
  for (const name of ["one", "two", "three"]) waiting.push(await start({ adapter_name: name }));
  const page = await studio.page(narrow);
  await page.goto(`${studio.address}/training/${held}`);
  const queue = async () => (await studio.get<Status>("/api/training/status")).queue.map(({ id }) => id);
  await page.getByRole("button", { name: "Move three up" }).focus();
  await page.keyboard.press("Enter");
  await until(async () => (await queue())[1] === waiting[2], "three to be second");
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
    .toBe("Move three up");
  await isSound(page);
  await page.getByRole("button", { name: "Take one out of the queue" }).click();
  await until(async () => (await queue()).length === 2, "one to be gone");
  expect(await queue()).toEqual([waiting[2], waiting[1]]);
  for (const id of [...waiting.slice(1), held]) await studio.post(`/api/sessions/${id}/stop`);
  await studio.reached(held, ["stopped"]);
});

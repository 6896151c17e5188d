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

test("a run is paused, the next one goes on, and continued it ends with every step on the chart once", async () => {
  const first = await start({ adapter_name: "first", iterations: 120, steps_per_report: 4, save_every: 40 });
  const page = await studio.page(narrow);
  await page.goto(`${studio.address}/training/${first}`);
  await page.getByText("Losses as a table").click();
  await until(async () => (await steps(page)).length > 1, "points on the chart");
  const next = await start({ adapter_name: "next" });
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByText(/^Everything is saved as it was after step \d+, and the memory is free/).waitFor();
  await isSound(page);
  await studio.reached(next, ["running"]);

  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Next in the queue").waitFor();
  await isSound(page);
  await studio.post(`/api/sessions/${next}/stop`);
  await studio.reached(first, ["completed"]);
  await page.getByText("Completed", { exact: true }).waitFor();
  await until(async () => (await steps(page)).includes("120"), "the last step on the chart");
  const shown = (await steps(page)).map(Number);
  expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));

  await page.getByRole("button", { name: "Train further" }).click();
  await page.getByLabel("Steps in all").fill("124");
  await isSound(page);
  await page.keyboard.press("Enter");
  await until(async () => (await steps(page)).includes("124"), "the chart to go on");
  await studio.reached(first, ["completed"]);
  expect((await studio.session(first)).iteration).toBe(124);
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

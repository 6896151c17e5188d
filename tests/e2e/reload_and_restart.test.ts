import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { longRun, type Session, until, useStudio } from "./studio";

const studio = useStudio();

interface TrainEvent {
  type: string;
  iteration: number;
  train_loss: number;
}

async function start(settings: object): Promise<Session> {
  const answer = await studio.post("/api/training/start", { ...longRun, ...settings });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Session;
}

/** The losses that the page knows, from the table under its chart. */
async function table(page: Page): Promise<string[][]> {
  const rows = page.getByRole("region", { name: "Losses" }).locator("tbody tr");
  return rows.evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

async function openTable(page: Page, id: string): Promise<void> {
  await page.goto(`${studio.address}/training/${id}`);
  await page.getByText("Losses as a table").click();
  await until(async () => (await table(page)).length > 2, "points on the chart");
}

test("a reload in mid-run shows the same chart", async () => {
  const { id } = await start({ adapter_name: "reloaded" });
  const page = await studio.page();
  await openTable(page, id);
  const before = await table(page);
  await openTable(page, id);
  const after = await table(page);
  expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  expect(new Set(after.map(([step]) => step)).size).toBe(after.length);
  await studio.post(`/api/sessions/${id}/stop`);
  await studio.reached(id, ["stopped"]);
});

test("a server that is killed in mid-run loses nothing: the run is adopted, stopped from the page, and the next one starts", async () => {
  const running = await start({ adapter_name: "adopted" });
  const waiting = await start({ adapter_name: "next", iterations: 4 });
  const page = await studio.page();
  await openTable(page, running.id);
  const stepBefore = (await studio.session(running.id)).iteration;

  await studio.kill();
  await page.getByText(/has not answered since/).waitFor({ timeout: 20_000 });
  await studio.start();
  await page.getByText(/has not answered since/).waitFor({ state: "detached", timeout: 20_000 });

  const adopted = await until(async () => {
    const session = await studio.session(running.id);
    return session.iteration > stepBefore + 4 ? session : null;
  }, "the adopted run to go on");
  expect(adopted.state).toBe("running");

  // The page went on by itself: every step that the server knows is there, once.
  const events = await studio.get<TrainEvent[]>(`/api/sessions/${running.id}/events`);
  const reported = events.filter(({ type }) => type === "train").map(({ iteration }) => String(iteration));
  const shown = await until(async () => {
    const steps = (await table(page)).map(([step]) => step?.replace(",", ""));
    return steps.includes(reported.at(-1)) ? steps : null;
  }, "the page to catch up");
  if (reported.length < 150) expect(shown.filter((step) => reported.includes(step ?? ""))).toEqual(reported);
  expect(new Set(shown).size).toBe(shown.length);

  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Stop training" }).click();
  await studio.reached(running.id, ["stopped"]);
  await page.getByText("Stopped", { exact: true }).waitFor();
  expect(existsSync(join(studio.home, "artifacts/lora_adapters/adopted/adapters.safetensors"))).toBe(true);
  await page.getByRole("link", { name: "Compare with base" }).waitFor();
  await studio.reached(waiting.id, ["completed"]);
});

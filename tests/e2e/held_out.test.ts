import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { faults, longRun, overflow, type Session, until, useStudio } from "./studio";

const studio = useStudio();
const repository = join(import.meta.dirname, "..", "..");

/** Adapters as mlx-lm's own trainer writes them: one that changes the answers, one whose B is zero. */
beforeAll(() => {
  const artifacts = join(studio.home, "artifacts");
  for (const [name, strength] of [
    ["made", 0.2],
    ["idle", 0],
  ] as const) {
    const base = join(artifacts, "base_model", "droid-starter");
    const folder = join(artifacts, "lora_adapters", name);
    const make = `make_adapter(Path(${JSON.stringify(folder)}), Path(${JSON.stringify(base)}), strength=${strength})`;
    execFileSync(
      join(repository, ".venv", "bin", "python"),
      ["-c", `from pathlib import Path\nfrom tests.tiny_adapters import make_adapter\n${make}`],
      { cwd: repository },
    );
  }
});

const scores = (page: Page, table: string, weights: string) =>
  page.getByRole("table", { name: table }).getByRole("row", { name: weights });

async function open(page: Page, search = "") {
  await page.goto(`${studio.address}/compare/held-out${search}`);
  await page.getByRole("button", { name: "Measure" }).waitFor();
}

test("base and adapters are measured from the page, and the address keeps what is shown", async () => {
  const page = await studio.page();
  await open(page);
  await page.getByText("Nothing measured yet").waitFor();
  await page.getByRole("checkbox", { name: "made" }).check();
  await page.getByRole("checkbox", { name: "idle" }).check();
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByRole("progressbar", { name: "Progress of the evaluation" }).waitFor();
  await page.getByText(/tokens, about .* left/).waitFor({ timeout: 60_000 });

  const idle = scores(page, "On the data", "idle latest");
  await idle.waitFor({ timeout: 60_000 });
  expect(await idle.innerText()).toContain("Exactly the same");
  expect(await scores(page, "On the general text", "idle latest").innerText()).toContain("Exactly the same");
  expect(await scores(page, "On the data", "made latest").innerText()).toMatch(
    /Better|Worse|No clear difference/,
  );
  await page.getByText("30 of 30 rows").waitFor();

  const [shown] = await studio.get<{ job: { id: string }; result: Result }[]>("/api/evaluations");
  const base = shown?.result.weights[0]?.data.loss ?? Number.NaN;
  expect(await scores(page, "On the data", "Base model").innerText()).toContain(base.toFixed(4));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("21 to 30 of 30").waitFor();
  await page.reload();
  await page.getByText("21 to 30 of 30").waitFor();
  expect(page.url()).toContain(`evaluation=${shown?.job.id}`);
});

interface Result {
  weights: { data: { loss: number } }[];
}

test("examples come in the order that is asked for", async () => {
  const page = await studio.page();
  await open(page);
  await page.getByRole("combobox", { name: "Order" }).click();
  await page.getByRole("option", { name: "As in the file" }).click();
  await until(
    async () =>
      /line 1,/.test(await page.getByRole("listitem").filter({ hasText: "counted" }).first().innerText()),
    "the first row of the file to come first",
  );
  await page.getByRole("radio", { name: "General text" }).click();
  await page.getByText("1 to 20 of 64").waitFor();
  await page.getByText("Bread rises because yeast feeds on sugar").waitFor();
});

test.each(["light", "dark"] as const)(
  "in %s it is accessible and fits wide and narrow screens",
  async (colorScheme) => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport });
      await page.goto(`${studio.address}/compare/held-out`);
      await page.getByText("1 to 20 of 30").waitFor();
      if (viewport.width < 1280) await page.getByText("New evaluation").click();
      expect(await faults(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
      await page.context().close();
    }
  },
);

test("a run that trains goes first; the evaluation waits, goes on by itself, and can be cancelled", async () => {
  const run = (await (
    await studio.post("/api/training/start", { ...longRun, adapter_name: "in-the-way" })
  ).json()) as Session;
  await studio.reached(run.id, ["running"]);
  const page = await studio.page();
  await open(page, "?adapter=made&rows=3");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByText("Waits until no run trains or waits to train").waitFor();
  await studio.post(`/api/sessions/${run.id}/stop`);
  await page.getByText("3 of 30 rows").waitFor({ timeout: 60_000 });

  await page.getByLabel("Rows").fill("");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByText("Cancelled on request.").waitFor();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("3 of 30 rows").waitFor();
});

test("what cannot be measured is said at its field, and nothing is started", async () => {
  const page = await studio.page();
  await open(page, "?adapter=made&adapter=gone");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByText("There is no adapter named 'gone'").waitFor();
  await page.getByLabel("Rows").fill("none");
  await page.getByText("A whole number from 1, or nothing.").waitFor();
  expect(await page.getByRole("button", { name: "Measure" }).isDisabled()).toBe(true);
});

test("a killed server leaves the evaluation at work, and the next one shows its end", async () => {
  const page = await studio.page();
  await open(page, "?adapter=made&adapter=idle");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByText(/Measuring base model/).waitFor({ timeout: 60_000 });
  await studio.kill();
  await studio.start();
  await scores(page, "On the data", "made latest").waitFor({ timeout: 60_000 });
  const [shown] = await studio.get<{ job: { id: string } }[]>("/api/evaluations");
  const events = await studio.get<{ type: string }[]>(`/api/jobs/${shown?.job.id}/events`);
  expect(events.filter(({ type }) => type === "spawned")).toHaveLength(1);
});

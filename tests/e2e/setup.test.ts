import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { faults, longRun, overflow, type Session, useStudio } from "./studio";

const studio = useStudio();

interface Settings {
  targets: string;
  lora_keys: string[] | null;
  rank_pattern: Record<string, number>;
  lora_rank: number;
  iterations: number;
}
type Detail = Session & { config: Settings; queue_position: number | null };

async function isSound(page: Page): Promise<void> {
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

/** A drawer of the settings that are seldom changed. */
async function open(page: Page, subject: string): Promise<void> {
  await page.locator("summary", { hasText: subject }).click();
}

test("modules are chosen by group, the run is measured, its verdict read, and it starts with just these", async () => {
  const page = await studio.page({ reducedMotion: "reduce" });
  await page.goto(`${studio.address}/setup`);
  const trainable = page.getByTestId("trainable");
  await expect.poll(() => trainable.textContent()).toContain("434 k");
  await page.getByRole("radio", { name: "Custom" }).click();
  await page.getByRole("checkbox", { name: "MLP" }).uncheck();
  await page.getByRole("button", { name: /^Attention:/ }).click();
  await page.getByRole("checkbox", { name: "self_attn.k_proj" }).uncheck();
  expect(await page.getByLabel("Keys", { exact: true }).inputValue()).toBe(
    "self_attn.q_proj\nself_attn.v_proj\nself_attn.o_proj",
  );
  await open(page, "Method and modules");
  await page.getByRole("button", { name: "Add a row to Ranks by module" }).click();
  await page.getByLabel("Ranks by module, row 1: group, key or pattern").fill("*.o_proj");
  await page.getByLabel("Ranks by module, row 1: number").fill("8");
  await page.getByLabel("Iterations").fill("4");
  await expect.poll(() => page.getByText("12 (3 keys)").count()).toBe(1);
  await isSound(page);

  await page.getByRole("button", { name: "Measure memory and time" }).click();
  await page.getByText("Measuring a few real steps").waitFor();
  const verdict = page.getByRole("region", { name: "Memory and time" });
  await verdict.getByText(/^It fits: about [\d.]+ GB of [\d.]+ GB/).waitFor();
  const figures = await verdict.locator("dd").allTextContents();
  expect(figures[0]).toMatch(/^\d+ MB\d+ MB to \d+ MB$/);
  expect(figures[1]).toMatch(/^about \d+ (s|min)/);
  await isSound(page);
  await open(page, "Batches and memory");
  await page.getByLabel("Longest sequence").fill("64");
  await verdict.getByText("Out of date: measured before Longest sequence changed.").waitFor();
  await isSound(page);
  await page.getByLabel("Longest sequence").fill("128");
  await expect.poll(() => verdict.getByText(/^Out of date/).count()).toBe(0);

  await page.getByRole("button", { name: "Start training" }).click();
  await page.waitForURL(/\/training\/.+/);
  const id = page.url().split("/").at(-1) ?? "";
  expect((await studio.get<Detail>(`/api/sessions/${id}`)).config).toMatchObject({
    targets: "custom",
    lora_keys: ["self_attn.q_proj", "self_attn.v_proj", "self_attn.o_proj"],
    rank_pattern: { "*.o_proj": 8 },
    iterations: 4,
  });
  await studio.reached(id, ["completed"]);
});

test("a measurement is cancelled, and while a run trains it is refused in words", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/setup`);
  await page.getByText("trainable parameters").waitFor();
  await page.getByTestId("forecast").waitFor();
  await page.getByRole("button", { name: "Measure memory and time" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Measure memory and time" }).waitFor();
  const run = (await (await studio.post("/api/training/start", longRun)).json()) as Session;
  await page.getByRole("button", { name: "Measure memory and time" }).click();
  await page.getByText(/^A run trains now, so neither time nor memory can be measured/).waitFor();
  await studio.post(`/api/sessions/${run.id}/stop`);
  await studio.reached(run.id, ["stopped"]);
});

test("a run that waits is changed in its place; one that trains is not", async () => {
  const narrow = { width: 390, height: 844 };
  const page = await studio.page({ colorScheme: "dark", reducedMotion: "reduce", viewport: narrow });
  const start = async (name: string) =>
    (await (await studio.post("/api/training/start", { ...longRun, adapter_name: name })).json()) as Session;
  const held = await start("held");
  const waits = await start("waits");
  await studio.reached(held.id, ["running"]);
  await page.goto(`${studio.address}/training/${held.id}`);
  await page.getByRole("link", { name: "Change the settings of waits" }).click();
  await page.getByText("You are changing waits, which waits").waitFor();
  await page.getByLabel("Rank", { exact: true }).fill("12");
  await page.getByText("trainable parameters").waitFor();
  await isSound(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.waitForURL(`${studio.address}/training/${waits.id}`);
  const changed = await studio.get<Detail>(`/api/sessions/${waits.id}`);
  expect(changed).toMatchObject({ state: "queued", queue_position: 1, config: { lora_rank: 12 } });

  await page.goto(`${studio.address}/setup?change=${held.id}`);
  await page.getByText("held can no longer be changed").waitFor();
  await isSound(page);
  for (const { id } of [waits, held]) await studio.post(`/api/sessions/${id}/stop`);
  await studio.reached(held.id, ["stopped"]);
});

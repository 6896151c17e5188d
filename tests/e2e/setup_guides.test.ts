import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults, overflow, type Session, useStudio } from "./studio";

const studio = useStudio();
const windows = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

type Detail = Session & { config: Record<string, unknown> };

async function isSound(page: Page): Promise<void> {
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

async function ready(page: Page): Promise<void> {
  await page.getByText("trainable parameters").waitFor();
  await page.getByTestId("length").waitFor();
  await page.getByTestId("forecast").waitFor();
}

async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole("button", { name: "Load settings" }).click();
  await page.getByLabel("From a file, or pasted").fill(text);
}

test("a preset is applied, epochs are thought in, the verdict is read, settings are kept and loaded, and it starts", async () => {
  const page = await studio.page({ reducedMotion: "reduce" });
  await page.goto(`${studio.address}/setup`);
  await ready(page);
  await page.getByText("Nothing was trained here yet.").waitFor();
  const length = page.getByTestId("length");

  await page.getByRole("radio", { name: "A quick look" }).click();
  expect(await page.getByLabel("Iterations").inputValue()).toBe("40");
  await page.getByText(/^It set \d+ fields$/).click();
  await page.getByText("7329 → became 40").waitFor();
  await expect.poll(() => length.textContent()).toBe("= 40 steps, 0.7 epochs, 12.3 k tokens");
  await isSound(page);

  await page.getByRole("radio", { name: "epochs" }).click();
  await page.getByLabel("Epochs", { exact: true }).fill("1");
  await expect.poll(() => length.textContent()).toBe("= 55 steps, 1.0 epoch, 17.0 k tokens");
  await page.getByText("Changed by hand since: Iterations.").waitFor();
  await page.getByText("Batches and memory").click();
  await page.getByLabel("Batch size").fill("16");
  await expect.poll(() => length.textContent()).toBe("= 28 steps, 1.0 epoch, 17.0 k tokens");

  const verdict = page.getByRole("region", { name: "Memory and time" });
  await verdict.getByText("Estimated, not measured").waitFor();
  await verdict.getByText(/^It should fit: about [\d.]+ GB of [\d.]+ GB that are free for it\.$/).waitFor();
  await verdict.getByText("not known yet: measure it").waitFor();

  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByLabel("Name", { exact: true }).fill("one-epoch");
  await isSound(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The settings are saved as one-epoch.", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Take it back" }).click();
  await page.getByRole("button", { name: "Load settings" }).click();
  await page.getByRole("button", { name: /^one-epoch/ }).click();
  await page.getByText(/^\d+ settings read\. They change /).waitFor();
  await isSound(page);
  await page.getByRole("button", { name: "Use these settings" }).click();
  await page.getByText(/^one-epoch set \d+ fields$/).waitFor();
  await expect.poll(() => length.textContent()).toBe("= 28 steps, 1.0 epoch, 17.0 k tokens");

  await page.getByLabel("Adapter name").fill("guided");
  await page.getByRole("button", { name: "Start training" }).click();
  await page.waitForURL(/\/training\/.+/);
  const id = page.url().split("/").at(-1) ?? "";
  expect((await studio.get<Detail>(`/api/sessions/${id}`)).config).toMatchObject({
    iterations: 28,
    batch_size: 16,
    max_seq_length: 128,
    adapter_name: "guided",
  });
  await studio.reached(id, ["completed", "early_stopped"]);

  await page.goto(`${studio.address}/setup?from=${id}`);
  await verdict.getByRole("link", { name: "guided" }).waitFor();
  await verdict
    .getByText(/^about \d+ (s|min)/)
    .first()
    .waitFor();
  expect(await page.getByText("Nothing was trained here yet.").count()).toBe(0);
}, 240_000);

test("what a pasted text cannot say is named line by line, and a saved name is deleted after asking", async () => {
  const page = await studio.page({ reducedMotion: "reduce" });
  const saved = await fetch(`${studio.address}/api/training/settings/kept`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ lora_rank: 4 }),
  });
  expect(saved.status).toBe(200);
  await page.goto(`${studio.address}/setup`);
  await ready(page);
  await paste(page, "iters: 3\nlora_rank: 12\noptimizer: adamx");
  const left = page.getByRole("list", { name: "Left out" });
  await left.getByText("There is no field 'iters'; it is called 'iterations' here.").waitFor();
  await left.getByText(/did you mean 'adam'\?$/).waitFor();
  await page.getByText("1 setting read. It changes Rank.").waitFor();
  await page.getByRole("button", { name: "Delete kept" }).click();
  await isSound(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect.poll(() => page.getByRole("button", { name: "Delete kept" }).count()).toBe(0);
  await page.getByRole("button", { name: "Use these settings" }).click();
  expect(await page.getByLabel("Rank", { exact: true }).inputValue()).toBe("12");

  await paste(page, "- no settings");
  await page.getByText(/^Write one setting a line/).waitFor();
  expect(await page.getByRole("button", { name: "Use these settings" }).isEnabled()).toBe(false);
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.each(["wide", "narrow"] as const)("every face of the page is sound on a %s screen", async (width) => {
    const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport: windows[width] });
    await page.goto(`${studio.address}/setup`);
    await ready(page);
    await page.getByRole("radio", { name: "A thorough run" }).click();
    await page.getByText(/^It set \d+ fields$/).click();
    await page.getByLabel("Iterations").fill("90");
    await page.getByText("Changed by hand since: Iterations.").waitFor();
    for (const subject of ["Batches and memory", "Validation and stopping", "Method and modules"])
      await page.locator("summary", { hasText: subject }).click();
    await isSound(page);
    await paste(page, "learnin_rate: 1e-4\nlora_rank: 4");
    await page.getByText("1 setting read.").waitFor();
    await isSound(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Save settings" }).click();
    await isSound(page);
    await page.context().close();
  });
});

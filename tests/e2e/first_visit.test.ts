import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until, useStudio } from "./studio";

const studio = useStudio();

interface Shows {
  voice: string[];
  facts: { prompt: string; answer_contains: string }[];
}

test("a first visit starts the starter, sees the loss fall, and sees what was taught on one side only", async () => {
  const page = await studio.page();
  await page.goto(studio.address);

  await expect.poll(() => page.getByLabel("Base model").textContent()).toContain("droid-starter");
  await expect.poll(() => page.getByText("trainable parameters").count()).toBe(1);
  await page.getByText("Nothing was trained here yet.").waitFor();
  const solid = page.getByRole("radio", { name: "A solid run" });
  expect(await solid.getAttribute("aria-checked")).toBe("true");
  await page.getByText(/^The settings that the data set brings as measured on this model/).waitFor();
  await page.getByRole("button", { name: "Start training" }).click();
  await page.waitForURL(/\/training\/.+/);
  const id = page.url().split("/").at(-1) ?? "";

  const chart = page.getByRole("img", { name: /^Loss chart/ });
  const first = await trainLoss(chart);
  await until(async () => (await trainLoss(chart)) < first * 0.8, "the loss to fall", 150);
  await page.getByText("Completed").waitFor({ timeout: 150_000 });
  const session = await studio.reached(id, ["completed"]);
  expect(await chart.getAttribute("aria-label")).toContain(`up to step ${session.iteration}`);

  await page.getByRole("link", { name: "Compare with base" }).click();
  const { shows } = JSON.parse(
    readFileSync(join(studio.home, "artifacts/datasets/starter/dataset.json"), "utf8"),
  ) as { shows: Shows };
  const fact = shows.facts[0];
  if (!fact) throw new Error("the starter names no fact");
  await page.getByLabel("Prompt", { exact: true }).fill(fact.prompt);
  expect(await page.getByLabel("Temperature").inputValue()).toBe("0");
  await page.getByRole("button", { name: "Compare answers" }).click();

  const base = page.getByRole("article", { name: "Answer of the base model" });
  const tuned = page.getByRole("article", { name: /^Answer of .*, best$/ });
  await page
    .getByRole("button", { name: "Ask again" })
    .and(page.locator(":enabled"))
    .waitFor({ timeout: 60_000 });
  const taught = [...shows.voice, fact.answer_contains];
  const baseAnswer = (await base.getByTestId("answer").textContent()) ?? "";
  const tunedAnswer = (await tuned.getByTestId("answer").textContent()) ?? "";
  expect(taught.filter((words) => tunedAnswer.includes(words))).toEqual(taught);
  expect(taught.filter((words) => baseAnswer.includes(words))).toEqual([]);

  await tuned.getByText("Which weights").click();
  const details = await tuned.getByLabel("Details").locator("dt + dd").allTextContents();
  const hash = expect.stringMatching(/^[0-9a-f]{12}$/);
  const told = ["best", hash, "LoRA", "32", "32", "×1.00", "7", "0", "all 4", "droid-starter", hash];
  expect(details.slice(0, -1)).toEqual([...told, "the model's own"]);
}, 300_000);

async function trainLoss(chart: { getAttribute: (name: string) => Promise<string | null> }): Promise<number> {
  return until(
    async () => Number(/train loss ([\d.]+)/.exec((await chart.getAttribute("aria-label")) ?? "")?.[1] ?? 0),
    "a first point",
    90,
  );
}

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { faults, longRun, overflow, type Session, until, useStudio } from "./studio";

const studio = useStudio();
const windows = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
let finished: Session;

/** Something to show: a finished run with an adapter, one that failed, and one with a name that is far too long. */
beforeAll(async () => {
  const short = { ...longRun, iterations: 6, steps_per_report: 1, steps_per_eval: 3 };
  const start = async (settings: object) =>
    (await (await studio.post("/api/training/start", { ...short, ...settings })).json()) as Session;
  finished = await start({ adapter_name: "finished" });
  const long = await start({ adapter_name: `long-${"name.".repeat(22)}end` });
  await studio.reached(finished.id, ["completed"]);
  await studio.reached(long.id, ["completed"]);
});

const places: [name: string, path: () => string, ready: (page: Page) => Promise<unknown>][] = [
  ["Setup", () => "/setup", (page) => page.getByText("trainable parameters").waitFor()],
  ["Training", () => "/training", (page) => page.getByText("Compare with base").waitFor()],
  ["Compare", () => "/compare", compared],
  ["Sessions", () => "/sessions", (page) => page.getByText("2 sessions").waitFor()],
];

async function compared(page: Page) {
  await page.getByRole("button", { name: "Compare answers" }).click();
  await page.getByRole("button", { name: "Ask again" }).and(page.locator(":enabled")).waitFor();
}

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  describe.each(["wide", "narrow"] as const)("on a %s screen", (width) => {
    test.each(places)("%s is accessible and fits", async (_, path, ready) => {
      const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport: windows[width] });
      await page.goto(studio.address + path());
      await ready(page);
      expect(await faults(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
      await page.context().close();
    });
  });
});

test("chosen colours stay over a reload, and nothing on the page is refused by the server's policy", async () => {
  const page = await studio.page({ colorScheme: "light" });
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(`${studio.address}/setup`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /^Colours: as the system/ }).click();
  await page.getByRole("button", { name: /^Colours: light/ }).click();
  const dark = await ground();
  await page.reload();
  await page.getByText("trainable parameters").waitFor();
  await page.getByLabel("Base model").click();
  await page.getByRole("option", { name: /droid-starter/ }).waitFor();
  expect(dark).not.toBe(light);
  expect(await ground()).toBe(dark);
  expect(complaints).toEqual([]);
});

test("a run is set up and started by keyboard alone, and Enter in a field starts nothing", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/setup`);
  await page.getByText("trainable parameters").waitFor();
  await tabTo(page, "Adapter name");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("by-keyboard");
  await tabTo(page, "Iterations");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("3");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(1500);
  expect(new URL(page.url()).pathname).toBe("/setup");
  const before = await studio.get<Session[]>("/api/sessions");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.waitForURL(/\/training\/.+/);
  const after = await studio.get<Session[]>("/api/sessions");
  expect(before.map(({ adapter_name }) => adapter_name)).not.toContain("by-keyboard");
  expect(after.map(({ adapter_name }) => adapter_name)).toContain("by-keyboard");
});

test("a refused start keeps the form, also over a reload and a trip to another page", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/setup`);
  await page.getByLabel("Adapter name").fill("../up");
  await page.getByLabel("Rank", { exact: true }).fill("24");
  await page.getByText("326 k").waitFor();
  await page.getByRole("button", { name: "Start training" }).click();
  const refusal = page.getByRole("list", { name: "Errors and warnings" });
  await until(async () => (await refusal.textContent())?.includes("../up"), "the refusal in words");
  await page.reload();
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("link", { name: "Setup" }).click();
  expect(await page.getByLabel("Adapter name").inputValue()).toBe("../up");
  expect(await page.getByLabel("Rank", { exact: true }).inputValue()).toBe("24");
});

test("the settings of a run are used again, and the run is deleted with its adapter after asking", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/sessions`);
  await page.getByRole("link", { name: "Use the settings of finished again" }).click();
  await expect.poll(() => page.getByLabel("Iterations").inputValue()).toBe("6");
  expect(await page.getByLabel("Adapter name").inputValue()).toBe("finished-2");

  await page.goBack();
  await page.getByRole("button", { name: "Delete finished" }).click();
  await page.getByLabel("Delete its adapter too").check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("The session of finished was deleted.", { exact: true }).waitFor();
  const left = await studio.get<Session[]>("/api/sessions");
  expect(left.map(({ id }) => id)).not.toContain(finished.id);
  const adapters = await studio.get<{ name: string }[]>("/api/adapters");
  expect(adapters.map(({ name }) => name)).not.toContain("finished");
});

test("a run whose worker was killed leads with the reason, and every face of it is accessible and fits", async () => {
  const { id } = (await (
    await studio.post("/api/training/start", { ...longRun, adapter_name: "killed", lora_alpha: 4 })
  ).json()) as Session;
  await studio.reached(id, ["running"]);
  const page = await studio.page({ colorScheme: "dark", reducedMotion: "reduce", viewport: windows.narrow });
  await page.goto(`${studio.address}/training/${id}`);
  await page.getByRole("link", { name: /^killed/ }).waitFor();
  await page.getByText("Settings of this run").click();
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);

  const events = await studio.get<{ type: string; pid: number }[]>(`/api/sessions/${id}/events`);
  process.kill(events.find(({ type }) => type === "spawned")?.pid ?? 0, "SIGKILL");
  const { reason } = await studio.reached(id, ["failed"]);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain(reason);
  await page.getByRole("region", { name: "Log of the run" }).waitFor();
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
});

test("what is wrong is said beside its field and above Start, in the server's words, and is accessible", async () => {
  const page = await studio.page({ reducedMotion: "reduce" });
  await page.goto(`${studio.address}/setup`);
  await page.getByText("trainable parameters").waitFor();
  await page.locator("summary", { hasText: "Method and modules" }).click();
  await page.getByLabel("Layers").fill("9");
  await page.getByLabel("Dropout").fill("1");
  const sentence = /The model has 4 layers, so 9 cannot be adapted/;
  await expect.poll(() => page.getByText(sentence).count()).toBe(2);
  await page.getByText("Full layer or attention only?").click();
  expect(await faults(page)).toEqual([]);
});

async function tabTo(page: Page, label: string): Promise<void> {
  const wanted = await page.getByLabel(label, { exact: true }).elementHandle();
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((element) => document.activeElement === element, wanted)) return;
  }
  throw new Error(`Tab never came to ${label}`);
}

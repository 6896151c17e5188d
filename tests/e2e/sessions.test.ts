import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { faults, longRun, overflow, type Session, until, useStudio } from "./studio";

const studio = useStudio();
const windows = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };
const short = {
  ...longRun,
  val_batches: 2,
  iterations: 6,
  steps_per_report: 1,
  steps_per_eval: 2,
  save_every: 2,
};

interface Event {
  type: string;
  time: number;
  iteration: number;
  trained_tokens: number;
}

let plain: Session;
/** Other settings, and gone on after an end: it has two attempts. */
let other: Session;

beforeAll(async () => {
  plain = await start({ adapter_name: "plain" });
  other = await start({ adapter_name: "other", learning_rate: 3e-4, lora_rank: 8, iterations: 4 });
  await studio.reached(plain.id, ["completed"]);
  await studio.reached(other.id, ["completed"]);
  await studio.post(`/api/sessions/${other.id}/resume`, { iterations: 6 });
  await studio.reached(other.id, ["completed"]);
});

async function start(settings: object): Promise<Session> {
  return (await (await studio.post("/api/training/start", { ...short, ...settings })).json()) as Session;
}

function compared(ids: string[], by = "step"): string {
  return `${studio.address}/sessions/compare?${ids.map((id) => `session=${id}`).join("&")}&by=${by}`;
}

async function isSound(page: Page): Promise<void> {
  expect(await faults(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

/** The places of a run's validations on the axis, from the table under the chart. */
async function places(page: Page, run: number): Promise<string[]> {
  const rows = page.getByRole("region", { name: "Validation losses" }).locator("tbody tr");
  return rows.evaluateAll(
    (all, column) =>
      all.filter((row) => row.children[column]?.textContent).map((row) => row.children[0]?.textContent ?? ""),
    run,
  );
}

async function showTable(page: Page): Promise<void> {
  await page.getByRole("img", { name: /^Losses of/ }).waitFor();
  await page.getByText("Validation losses as a table").click();
}

/** What the page of differences says, by the fields' own names. */
async function differing(page: Page): Promise<string[]> {
  const names = page.getByRole("region", { name: "Differences" }).locator("tbody").first().locator("code");
  return names.allTextContents();
}

test("sessions are chosen by keyboard, and Enter lays them over each other", async () => {
  const page = await studio.page();
  await page.goto(`${studio.address}/sessions`);
  await page.getByRole("checkbox", { name: "Compare other" }).focus();
  await page.keyboard.press("Space");
  await page.getByRole("link", { name: "Compare 1" }).waitFor();
  await page.getByRole("checkbox", { name: "Compare plain" }).focus();
  await page.keyboard.press("Space");
  await page.getByRole("link", { name: "Compare 2" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sessions\/compare/);
  expect(new URL(page.url()).search).toBe(`?session=${other.id}&session=${plain.id}&by=step`);
  await page
    .getByRole("img", { name: /^Losses of 2 runs by step: run 1, other, .* run 2, plain,/ })
    .waitFor();
  await page.getByRole("link", { name: "Choose sessions" }).click();
  await expect.poll(() => page.getByRole("checkbox", { name: "Compare plain" }).isChecked()).toBe(true);
});

test("runs lie over each other by steps, by tokens and by the time that workers took", async () => {
  const page = await studio.page();
  await page.goto(compared([plain.id, other.id]));
  await showTable(page);
  expect(await places(page, 1)).toEqual(["0", "2", "4", "6"]);
  expect(await places(page, 2)).toEqual(["0", "2", "4", "6"]);

  await page.getByRole("radio", { name: "Tokens" }).click();
  const events = await studio.get<Event[]>(`/api/sessions/${other.id}/events`);
  const tokens = events.filter(({ type }) => type === "train").map((event) => event.trained_tokens);
  const expected = [0, 1, 3, 5].map((report) => (report ? (tokens[report] ?? 0) : 0).toLocaleString("en"));
  await expect.poll(() => places(page, 2)).toEqual(expected);

  await page.getByRole("radio", { name: "Time" }).click();
  await page.getByText("time at work, without pauses").first().waitFor();
  const worked = workedAt(events.filter(({ type }) => ["spawned", "validation", "finished"].includes(type)));
  await expect.poll(async () => (await places(page, 2)).map(seconds)).toEqual(worked.map(shortened));

  await page.reload();
  await showTable(page);
  await expect.poll(async () => (await places(page, 2)).map(seconds)).toEqual(worked.map(shortened));
});

/** The seconds of work before each validation: those between attempts left out. */
function workedAt(events: Event[]): number[] {
  let earlier = 0;
  let began = 0;
  return events.flatMap(({ type, time }) => {
    if (type === "spawned") began = time;
    if (type === "finished") earlier += time - began;
    return type === "validation" ? [earlier + time - began] : [];
  });
}

/** As an axis writes it: three digits below a minute, then whole seconds. */
function shortened(value: number): number {
  return value < 60 ? Number(value.toPrecision(3)) : Math.floor(value / 60) * 60 + Math.round(value % 60);
}

function seconds(written: string): number {
  const [, minutes = "0", rest = "0"] = /^(?:(\d+) min)? ?(?:([\d.]+) s)?$/.exec(written) ?? [];
  return 60 * Number(minutes) + Number(rest);
}

test("the difference names just what differs, and is taken along as Markdown", async () => {
  const page = await studio.page({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(compared([plain.id, other.id]));
  await page.getByRole("heading", { name: "2 differences" }).waitFor();
  expect(await differing(page)).toEqual(["learning_rate", "lora_rank"]);
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await page.getByText("Copied").waitFor();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "|  | plain | other |",
    "| --- | --- | --- |",
    "| Learning rate (`learning_rate`) | 1e-4 | 3e-4 |",
    "| Rank (`lora_rank`) | 32 | 8 |",
  ]);
});

test("under the pointer stands what each run had lost there", async () => {
  const page = await studio.page();
  await page.goto(compared([plain.id, other.id]));
  const chart = page.getByRole("img", { name: /^Losses of/ });
  await chart.waitFor();
  await page.getByRole("columnheader", { name: "Run · latest losses" }).waitFor();
  const before = await page.getByRole("region", { name: "Runs" }).textContent();
  await chart.hover({ position: { x: 300, y: 100 } });
  await page.getByRole("columnheader", { name: /^Run · step [1-5]$/ }).waitFor();
  expect(await page.getByRole("region", { name: "Runs" }).textContent()).not.toBe(before);
});

test("a run that trains goes on live, and one that is deleted meanwhile leaves the others drawn", async () => {
  const running = await start({ ...longRun, adapter_name: "running", mask_prompt: true });
  const page = await studio.page();
  await page.goto(compared([plain.id, running.id]));
  await page
    .getByText(/^The loss is of other tokens \(mask_prompt, train_on_turns\): runs 1 against 2/)
    .waitFor();
  const row = page.getByRole("row", { name: /running/ }).first();
  const steps = async () => (await page.getByRole("row", { name: /^Steps/ }).textContent()) ?? "";
  await row.getByText("Running").waitFor();
  await until(async () => /of 6[1-9]/.test(await steps()), "the first steps");
  const early = await steps();
  await until(async () => (await steps()) !== early, "further steps");
  await studio.post(`/api/sessions/${running.id}/stop`);
  await row.getByText("Stopped", { exact: true }).waitFor();

  const gone = await fetch(`${studio.address}/api/sessions/${running.id}`, { method: "DELETE" });
  expect(gone.status).toBe(204);
  await page.getByText(`There is no session '${running.id}'.`).waitFor();
  await page.getByRole("img", { name: /^Losses of 1 runs?/ }).waitFor();
  await page.getByRole("button", { name: `Leave out run 2, ${running.id}` }).click();
  await expect.poll(() => new URL(page.url()).searchParams.getAll("session")).toEqual([plain.id]);
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.each(["wide", "narrow"] as const)(
    "the comparison and the choice are sound on a %s screen",
    async (width) => {
      const page = await studio.page({ colorScheme, reducedMotion: "reduce", viewport: windows[width] });
      await page.goto(compared([plain.id, other.id, "nothing"], "tokens"));
      await page.getByText("There is no session 'nothing'.").waitFor();
      await page.getByRole("heading", { name: "2 differences" }).waitFor();
      await page.getByText(/^\d+ that are the same$/).click();
      await isSound(page);
      await page.getByRole("link", { name: "Choose sessions" }).click();
      await page.getByRole("link", { name: "Compare 3" }).waitFor();
      await isSound(page);
      await page.goto(`${studio.address}/sessions/compare`);
      await page.getByText("No session is chosen").waitFor();
      await isSound(page);
      await page.context().close();
    },
  );
});

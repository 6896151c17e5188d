import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { SessionDetail } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { GoOn } from "./GoOn";

const server = startServerDouble();
const session = (state: SessionDetail["state"], resumes_after: number | null) =>
  ({ id: "run", adapter_name: "voice", state, resumes_after, iterations: 20, config: {} }) as SessionDetail;

function serverThatTakes(asked: unknown[]) {
  server.use(
    http.post(`${location.origin}/api/sessions/run/resume`, async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(session("queued", null));
    }),
  );
}

test.each([
  ["paused", 12, "Continue"],
  ["failed", 10, "Resume from step 10"],
  ["failed", 0, "Start it again"],
] as const)("a %s run that goes on after %i is offered to: %s", async (state, after, words) => {
  const asked: unknown[] = [];
  serverThatTakes(asked);
  showPage(<GoOn session={session(state, after)} />, "/training/run");
  await userEvent.click(screen.getByRole("button", { name: words }));
  await expect.poll(() => asked).toEqual([{}]);
});

test("why a run cannot go on stays on the page", async () => {
  const detail = "The data file train.jsonl was changed since the run began.";
  server.use(
    http.post(`${location.origin}/api/sessions/run/resume`, () =>
      HttpResponse.json({ detail, code: "inputs_changed" }, { status: 409 }),
    ),
  );
  showPage(<GoOn session={session("paused", 12)} />, "/training/run");
  await userEvent.click(screen.getByRole("button", { name: "Continue" }));
  expect((await screen.findByRole("alert")).textContent).toBe(detail);
});

test("a finished run is trained further to a total that is asked for, as many again unless it is changed", async () => {
  const asked: unknown[] = [];
  serverThatTakes(asked);
  const person = userEvent.setup();
  showPage(<GoOn session={session("completed", 20)} />, "/training/run");
  await person.click(screen.getByRole("button", { name: "Train further" }));
  const total = await screen.findByLabelText("Steps in all");
  expect(total).toHaveProperty("value", "40");
  for (const wrong of ["20", "30.5", "x", " "]) {
    await person.clear(total);
    await person.type(total, wrong);
    expect(screen.getByRole("button", { name: "Train further", hidden: false })).toHaveProperty(
      "disabled",
      true,
    );
  }
  await person.clear(total);
  await person.type(total, "35");
  expect(screen.getByRole("button", { name: "Train 15 more" })).toHaveProperty("disabled", false);
  await person.keyboard("{Enter}");
  await expect.poll(() => asked).toEqual([{ iterations: 35 }]);
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
});

test("what cannot go on is offered nothing", () => {
  showPage(<GoOn session={session("running", null)} />, "/training/run");
  expect(screen.queryByRole("button")).toBeNull();
});

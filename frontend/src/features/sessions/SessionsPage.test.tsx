import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Course, Session } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { CompareSessionsPage } from "./compare/CompareSessionsPage";
import { SessionsPage } from "./SessionsPage";

const server = startServerDouble();
const origin = location.origin;

const session = (number: number) =>
  ({
    id: `id-${number}`,
    adapter_name: `voice-${number}`,
    model_name: "tiny",
    data_name: "rows",
    state: "completed",
    created_at: number,
    duration_seconds: 1,
    best_val_loss: null,
    iteration: 1,
    iterations: 1,
    last_seq: 1,
  }) as Session;

const sessions = (count: number) =>
  server.use(
    http.get(`${origin}/api/sessions`, () =>
      HttpResponse.json(Array.from({ length: count }, (_, index) => session(index + 1))),
    ),
  );

test("sessions are chosen by keyboard, kept in the address, and compared in the order of choosing", async () => {
  sessions(3);
  const router = showPage(<SessionsPage />, "/sessions");
  const user = userEvent.setup();
  (await screen.findByRole("checkbox", { name: "Compare voice-2" })).focus();
  await user.keyboard(" ");
  screen.getByRole("checkbox", { name: "Compare voice-1" }).focus();
  await user.keyboard(" ");
  await waitFor(() => expect(router.state.location.search).toBe("?session=id-2&session=id-1"));
  await user.keyboard("{Enter}");
  expect(router.state.location.pathname + router.state.location.search).toBe(
    "/sessions/compare?session=id-2&session=id-1&by=step",
  );
});

test("eight are the most: a ninth can be chosen once one is taken out", async () => {
  sessions(9);
  showPage(
    <SessionsPage />,
    `/sessions?${[1, 2, 3, 4, 5, 6, 7, 8].map((id) => `session=id-${id}`).join("&")}`,
  );
  const user = userEvent.setup();
  const ninth = await screen.findByRole<HTMLInputElement>("checkbox", { name: "Compare voice-9" });
  expect(ninth.disabled).toBe(true);
  await user.click(screen.getByRole("checkbox", { name: "Compare voice-3" }));
  expect(ninth.disabled).toBe(false);
});

test("one session alone is not asked to be compared", async () => {
  sessions(1);
  showPage(<SessionsPage />, "/sessions");
  await screen.findByText("voice-1");
  expect(screen.queryByText(/Tick two or more/)).toBeNull();
});

test("a session that is gone, one with a damaged log and one that waits each say what they are", async () => {
  const empty = { iterations: [], losses: [], times: [] };
  const course: Course = {
    last_seq: 1,
    at_rest: true,
    attempts: [],
    train: { ...empty, means: [], tokens: [] },
    validation: empty,
    best: null,
    reports: 0,
    started: null,
    tokens_per_second: null,
    peak_memory_gb: null,
    unreadable_lines: 2,
  };
  const refusal = (status: number, detail: string) =>
    HttpResponse.json({ detail, code: "refused" }, { status });
  server.use(
    http.get(`${origin}/api/sessions/gone`, () => refusal(404, "There is no session 'gone'.")),
    http.get(`${origin}/api/sessions/gone/course`, () => refusal(404, "There is no session 'gone'.")),
    http.get(`${origin}/api/sessions/damaged`, () => refusal(400, "Its log is damaged.")),
    http.get(`${origin}/api/sessions/damaged/course`, () => HttpResponse.json(course)),
    http.get(`${origin}/api/sessions/waiting`, () =>
      HttpResponse.json({
        ...session(1),
        id: "waiting",
        state: "paused",
        config: {},
        base_fingerprint: "b",
        data_sha256: { train: "c" },
      }),
    ),
    http.get(`${origin}/api/sessions/waiting/course`, () => HttpResponse.json(course)),
  );
  const address = "/sessions/compare?session=gone&session=damaged&session=waiting";
  const router = showPage(<CompareSessionsPage />, address);
  await screen.findByText("There is no session 'gone'.");
  await screen.findByText("Its log is damaged.");
  await screen.findByText(/None of these runs has reported a loss yet/);
  await screen.findByText("2 lines in the log of run 3 cannot be read; the rest is drawn.");
  await userEvent.click(screen.getByRole("button", { name: "Leave out run 1, gone" }));
  await waitFor(() => expect(router.state.location.search).toBe("?session=damaged&session=waiting&by=step"));
});

test("an address without sessions leads to where they are chosen", async () => {
  showPage(<CompareSessionsPage />, "/sessions/compare");
  expect((await screen.findByRole("link", { name: "Choose sessions" })).getAttribute("href")).toBe(
    "/sessions",
  );
});

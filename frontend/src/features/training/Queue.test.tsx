import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Session } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { Queue } from "./Queue";

const server = startServerDouble();

const session = (id: string, begun = false) =>
  ({
    id,
    state: "queued",
    adapter_name: id,
    model_name: "tiny",
    data_name: "rows",
    started_at: null,
    earlier_seconds: begun ? 3 : 0,
  }) as Session;

test("runs are moved by keyboard, which keeps its place, and only those that have not begun are changed", async () => {
  let queue = [session("a"), session("b", true), session("c")];
  const asked: unknown[] = [];
  server.use(
    http.get(`${location.origin}/api/training/status`, () => HttpResponse.json({ running: null, queue })),
    http.put(`${location.origin}/api/training/queue`, async ({ request }) => {
      const ids = (await request.json()) as string[];
      asked.push(ids);
      queue = ids.map((id) => queue.find((each) => each.id === id) as Session);
      return HttpResponse.json({ running: null, queue });
    }),
  );
  const person = userEvent.setup();
  showPage(<Queue shownId="c" />, "/training/c");
  (await screen.findByRole("button", { name: "Move c up" })).focus();
  await person.keyboard("{Enter}");
  await person.keyboard("{Enter}");
  expect(screen.getAllByRole("listitem")[0]?.textContent).toContain("shown here");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move c up");
  await screen.findByText("c is now number 1 of 3.");
  await person.keyboard("{Enter}");
  await waitFor(() =>
    expect(asked).toEqual([
      ["a", "c", "b"],
      ["c", "a", "b"],
    ]),
  );
  const links = screen.getAllByRole("link", { name: /^Change the settings/ });
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["/setup?change=c", "/setup?change=a"]);
});

test("a move that did not arrive is taken back", async () => {
  let away = false;
  let fail = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  server.use(
    http.get(`${location.origin}/api/training/status`, () =>
      away ? HttpResponse.error() : HttpResponse.json({ running: null, queue: [session("a"), session("c")] }),
    ),
    http.put(`${location.origin}/api/training/queue`, async () => {
      await failed;
      return HttpResponse.error();
    }),
  );
  showPage(<Queue shownId="c" />, "/training/c");
  await userEvent.click(await screen.findByRole("button", { name: "Move c up" }));
  expect(screen.getAllByRole("listitem")[0]?.textContent).toContain("shown here");
  away = true;
  fail();
  await waitFor(() => expect(screen.getAllByRole("listitem")[0]?.textContent).not.toContain("shown here"));
});

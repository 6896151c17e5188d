import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { Dataset, ImportDraft } from "../../api";
import { dataset, draft } from "../../test/imports";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { DataPage } from "./DataPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

function serve(datasets: Dataset[], drafts: ImportDraft[] = []) {
  server.use(
    http.get(at("datasets"), () => HttpResponse.json(datasets)),
    http.get(at("imports"), () => HttpResponse.json(drafts)),
  );
}

beforeEach(() => {
  window.matchMedia = (query) =>
    ({ matches: true, media: query, addEventListener() {}, removeEventListener() {} }) as never;
});

test("without data there is one thing to do", async () => {
  serve([]);
  showPage(<DataPage />, "/data");
  await screen.findByText("No data yet");
  expect((await screen.findByRole("link", { name: "Bring data" })).getAttribute("href")).toBe("/data/import");
  expect(screen.getAllByRole("link")).toHaveLength(1);
});

test("each set says what it holds and where it came from, or why it cannot be used", async () => {
  const broken = {
    ...dataset,
    name: "broken",
    format: null,
    rows: {},
    problem: "line 2: not valid JSON",
    source: null,
  };
  serve([dataset, broken]);
  showPage(<DataPage />, "/data");
  await screen.findByRole("table");
  const cells = screen
    .getAllByRole("row")
    .slice(1)
    .map((row) =>
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    );
  expect(cells).toEqual([
    [
      "harbour",
      "Conversations",
      "40 train, 4 validation",
      "4 kB",
      expect.stringMatching(/^harbour.csv, 1 Jan 1970/),
      "",
    ],
    ["broken", "line 2: not valid JSON", "4 kB", "put there by hand", ""],
  ]);
});

test("nothing is deleted before it was asked about", async () => {
  const deleted: string[] = [];
  serve([dataset]);
  server.use(
    http.delete(at("datasets/:name"), ({ params }) => {
      deleted.push(String(params.name));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const user = userEvent.setup();
  showPage(<DataPage />, "/data");
  await user.click(await screen.findByRole("button", { name: "Delete harbour" }));
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog.textContent).toContain("40 train, 4 validation");
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(deleted).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Delete harbour" }));
  await user.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(deleted).toEqual(["harbour"]));
});

test("what was begun is offered again", async () => {
  serve([dataset], [draft]);
  showPage(<DataPage />, "/data");
  const again = await screen.findByRole("link", { name: "Go on with harbour" });
  expect(again.getAttribute("href")).toBe("/data/import/d1");
});

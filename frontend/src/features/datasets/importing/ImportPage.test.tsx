import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http, ws } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import type { ImportDraft, ImportLook, ImportPlan, LookRequest, WriteRequest } from "../../../api";
import { checkJob, dataset, draft, look, report } from "../../../test/imports";
import { showPage } from "../../../test/page";
import { startServerDouble } from "../../../test/server";
import { saveEdited } from "../kept";
import { begin } from "./edited";
import { ImportPage } from "./ImportPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;
const mapping = { shape: "completion" as const, columns: { prompt: "frage", completion: "antwort" } };
const detected: ImportLook = { ...look, sentence: "Prompts and completions.", mapping };
const plan: ImportPlan = {
  mapping: null,
  files: null,
  rules: [],
  split: { valid_fraction: 0.1, test_fraction: 0, seed: 0, group_column: null },
  choices: {},
  model_name: null,
  max_seq_length: null,
};

function show(path: string) {
  return showPage(
    <Routes>
      <Route path="/data/import/:draft?" element={<ImportPage />} />
      <Route path="*" element={<p>elsewhere</p>} />
    </Routes>,
    path,
  );
}

function serve(known: Partial<ImportDraft> = {}, answer = detected) {
  server.use(
    http.get(at("imports/d1"), () => HttpResponse.json({ ...draft, ...known })),
    http.get(at("jobs/j1"), () => HttpResponse.json(checkJob)),
    http.get(at("imports/d1/report"), () => HttpResponse.json({ ...report, plan })),
    http.post(at("imports/d1/look"), () => HttpResponse.json(answer)),
  );
}

beforeEach(() => {
  server.use(
    http.get(at("models"), () => HttpResponse.json([{ name: "tiny", problem: null }])),
    http.get(at("datasets"), () => HttpResponse.json([dataset])),
    http.get(at("imports"), () => HttpResponse.json([])),
  );
});

async function choose(user: ReturnType<typeof userEvent.setup>, field: string, option: RegExp) {
  await user.click(await screen.findByRole("combobox", { name: field }));
  await user.click(await screen.findByRole("option", { name: option }));
}

/** As browsers have them: a file that was chosen by itself lies in no folder. */
function file(text: string, name: string): File {
  return Object.defineProperty(new File([text], name), "webkitRelativePath", { value: "" });
}

test("chosen files are copied one after another, and lead to their draft", async () => {
  const sent: [string, string][] = [];
  serve();
  server.use(
    http.post(at("imports"), () => HttpResponse.json({ ...draft, files: [] }, { status: 201 })),
    http.put(at("imports/d1/files/:name"), async ({ params, request }) => {
      sent.push([String(params.name), await request.text()]);
      return HttpResponse.json(draft);
    }),
  );
  const router = show("/data/import");
  const files = [file("b", "b ä.csv"), file("a", "a.csv"), file("x", ".hidden")];
  await userEvent.upload(screen.getByLabelText("Choose files"), files, { applyAccept: false });
  await screen.findByText("Prompts and completions.");
  expect(sent).toEqual([
    ["a.csv", "a"],
    ["b ä.csv", "b"],
  ]);
  expect(router.state.location.pathname).toBe("/data/import/d1");
});

test("a file that is refused is said in the server's words", async () => {
  server.use(
    http.post(at("imports"), () => HttpResponse.json(draft, { status: 201 })),
    http.put(at("imports/d1/files/:name"), () =>
      HttpResponse.json({ detail: "There is no room for it.", code: "disk_full" }, { status: 507 }),
    ),
  );
  show("/data/import");
  await userEvent.upload(screen.getByLabelText("Choose files"), file("a", "a.csv"));
  expect((await screen.findByRole("alert")).textContent).toContain("There is no room for it.");
});

test("what is not detected is mapped by hand, and the preview asks for what was chosen", async () => {
  const asked: LookRequest[] = [];
  serve();
  server.use(
    http.post(at("imports/d1/look"), async ({ request }) => {
      const body = (await request.json()) as LookRequest;
      asked.push(body);
      const row = body.mapping && { prompt: "Wo?", completion: "Da." };
      return HttpResponse.json({ ...look, rows: look.rows.map((known) => ({ ...known, row: row ?? null })) });
    }),
  );
  const user = userEvent.setup();
  show("/data/import/d1");
  await screen.findByText("What these columns mean is not known.");
  expect(screen.queryByRole("button", { name: "Check" })).toBeNull();
  await choose(user, "Every row is", /^Prompt and completion/);
  await waitFor(() => expect(screen.getAllByText("Choose the column that holds it.")).toHaveLength(2));
  await choose(user, "Prompt", /^frage/);
  await choose(user, "Completion", /^antwort/);
  const preview = screen.getByRole("region", { name: "The first rows" });
  await within(preview).findByText("becomes");
  await waitFor(() => expect(within(preview).getAllByText("Wo?")).toHaveLength(2));
  expect(asked).toEqual([{}, { mapping }]);
  await screen.findByRole("button", { name: "Check" });
});

test("decisions are there again after a reload, and the check gets them as a plan", async () => {
  let checked: ImportPlan | undefined;
  let job: string | null = null;
  serve();
  server.use(
    http.get(at("imports/d1"), () => HttpResponse.json({ ...draft, check_job: job })),
    http.post(at("imports/d1/check"), async ({ request }) => {
      checked = (await request.json()) as ImportPlan;
      job = "j1";
      return HttpResponse.json(checkJob, { status: 201 });
    }),
  );
  saveEdited("d1", {
    ...begin(draft),
    rules: [{ kind: "nfc" }],
    validPercent: "20",
    choices: { duplicate: "skip" },
  });
  const user = userEvent.setup();
  show("/data/import/d1");
  await screen.findByText("1 rule");
  await user.click(screen.getByRole("button", { name: "Check" }));
  await screen.findByText(/44 rows read/);
  expect(checked).toEqual({
    ...plan,
    rules: [{ kind: "nfc" }],
    split: { ...plan.split, valid_fraction: 0.2 },
    choices: { duplicate: "skip" },
  });
});

test("an import that was cancelled takes no decision with it", async () => {
  let state = "";
  const running = {
    ...checkJob,
    kind: "import",
    state: "running",
    finished_at: null,
    title: "Import harbour",
  };
  serve({ check_job: "j1" });
  server.use(
    http.get(at("imports/d1"), () =>
      HttpResponse.json({ ...draft, check_job: "j1", write_job: state ? "w1" : null }),
    ),
    http.get(at("jobs/w1"), () => HttpResponse.json({ ...running, id: "w1", state, reason: "Cancelled." })),
    http.post(at("imports/d1/write"), () => {
      state = "running";
      return HttpResponse.json(running, { status: 201 });
    }),
    ws.link(at("jobs/w1/events").replace(/^http/, "ws")).addEventListener("connection", () => {}),
    http.post(at("jobs/w1/cancel"), () => {
      state = "cancelled";
      return HttpResponse.json(running);
    }),
  );
  const user = userEvent.setup();
  show("/data/import/d1");
  await user.click(await screen.findByRole("radio", { name: "Leave out" }));
  const name = screen.getByRole("textbox", { name: "Name" });
  await user.clear(name);
  await user.type(name, "quay");
  await user.click(screen.getByRole("button", { name: "Import" }));
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  await screen.findByText("It was not imported");
  expect((screen.getByRole("textbox", { name: "Name" }) as HTMLInputElement).value).toBe("quay");
  screen.getByRole("radio", { name: "Leave out", checked: true });
});

test("a file of a name that is there already is refused, and replaces nothing", async () => {
  let sent = 0;
  serve();
  server.use(
    http.put(at("imports/d1/files/:name"), () => {
      sent += 1;
      return HttpResponse.json(draft);
    }),
  );
  show("/data/import/d1");
  await userEvent.click(await screen.findByRole("button", { name: "Add files" }));
  await userEvent.upload(screen.getByLabelText("Choose files"), file("x", "harbour.csv"));
  expect((await screen.findByRole("alert")).textContent).toContain("harbour.csv is here already");
  expect(sent).toBe(0);
});

test("files that come later take the check with them, and say how rows are divided", async () => {
  const [first] = draft.files;
  const valid = { ...first, name: "valid.csv", split: "valid" };
  let known: object = { ...draft, check_job: "j1" };
  serve();
  server.use(
    http.get(at("imports/d1"), () => HttpResponse.json(known)),
    http.put(at("imports/d1/files/valid.csv"), () => {
      known = { ...draft, files: [first, valid] };
      return HttpResponse.json(known);
    }),
  );
  show("/data/import/d1");
  await screen.findByText(/44 rows read/);
  await userEvent.click(screen.getByRole("button", { name: "Add files" }));
  await userEvent.upload(screen.getByLabelText("Choose files"), file("x", "valid.csv"));
  await screen.findByRole("radio", { name: /^As the files are named/, checked: true });
  expect(screen.queryByText(/44 rows read/)).toBeNull();
});

test("the tokens of a row that is shown cut are not counted", async () => {
  const [row] = look.rows;
  const rows = [{ ...row, row: { prompt: "Wo?", completion: "Da ..." }, shortened: true }];
  serve({}, { ...detected, rows } as ImportLook);
  show("/data/import/d1");
  await screen.findByText(
    "This row is too long to be shown whole: its tokens can be seen once it is imported.",
  );
  expect(screen.queryByRole("button", { name: "Tokens, with tiny" })).toBeNull();
});

test("a dropped file that cannot be read is said", async () => {
  show("/data/import");
  const entry = {
    isDirectory: false,
    name: "locked.csv",
    file: (_: unknown, failed: (why: Error) => void) => failed(new Error("no")),
  };
  const dataTransfer = { items: [{ webkitGetAsEntry: () => entry }], files: [] };
  fireEvent.drop(await screen.findByText("Drop files or a folder here"), { dataTransfer });
  expect((await screen.findByRole("alert")).textContent).toContain("locked.csv could not be read.");
});

test("what cannot be read is said at its field, and nothing is checked", async () => {
  serve();
  saveEdited("d1", { ...begin(draft), validPercent: "60", testPercent: "40" });
  show("/data/import/d1");
  await screen.findByText("Validation and test together leave nothing to train on.");
  expect((screen.getByRole("button", { name: "Check" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a finding names its place and holds the import up until somebody decides", async () => {
  let written: WriteRequest | undefined;
  serve({ check_job: "j1" });
  server.use(
    http.post(at("imports/d1/write"), async ({ request }) => {
      written = (await request.json()) as WriteRequest;
      return HttpResponse.json(
        {
          detail: "The name is too long.",
          code: "invalid",
          fields: [{ field: "name", message: "The name is too long." }],
        },
        { status: 400 },
      );
    }),
  );
  const user = userEvent.setup();
  show("/data/import/d1");
  await screen.findByText("harbour.csv:42");
  const send = () => screen.getByRole("button", { name: "Import" }) as HTMLButtonElement;
  expect(send().disabled).toBe(true);
  screen.getByText("First decide about 1 finding above.");
  await user.click(screen.getByRole("radio", { name: "Leave out" }));
  screen.getByText("44 rows, of which up to 1 will be left out.");
  await screen.findByText("The name is taken.");
  await user.click(screen.getByRole("radio", { name: /Take the next free name/ }));
  await user.click(send());
  await screen.findByText("The name is too long.");
  expect(written).toEqual({
    name: "harbour-2",
    on_existing: "new_name",
    plan: { ...plan, choices: { empty_field: "skip" } },
  });
});

test("a change after the check asks for another one", async () => {
  serve({ check_job: "j1" });
  const user = userEvent.setup();
  show("/data/import/d1");
  await screen.findByText("harbour.csv:42");
  await user.click(screen.getByRole("radio", { name: /^Nothing/ }));
  await screen.findByText("Check again first: something was changed.");
});

test("a check that failed says why, and can be begun again", async () => {
  serve({ check_job: "j1" });
  server.use(
    http.get(at("jobs/j1"), () =>
      HttpResponse.json({ ...checkJob, state: "failed", reason: "No column is called x." }),
    ),
    http.get(at("imports/d1/report"), () =>
      HttpResponse.json({ detail: "none", code: "no_report" }, { status: 404 }),
    ),
  );
  show("/data/import/d1");
  await screen.findByText("No column is called x.");
  expect((screen.getByRole("button", { name: "Check" }) as HTMLButtonElement).disabled).toBe(false);
});

test("a written draft leads to its data set", async () => {
  serve({ write_job: "j1" });
  server.use(
    http.get(at("jobs/j1"), () =>
      HttpResponse.json({ ...checkJob, settings: { write: { name: "harbour-2" } } }),
    ),
  );
  const router = show("/data/import/d1");
  await waitFor(() => expect(router.state.location.pathname).toBe("/data/harbour-2"));
});

test("a draft that is gone says so", async () => {
  server.use(
    http.get(at("imports/d1"), () =>
      HttpResponse.json({ detail: "gone", code: "not_found" }, { status: 404 }),
    ),
  );
  show("/data/import/d1");
  await screen.findByText("This is no longer here");
});

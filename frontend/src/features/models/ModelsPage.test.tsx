import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { Job, Model } from "../../api";
import { fitting, hubModel, job, model } from "../../test/models";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { ModelsPage } from "./ModelsPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

function serve(models: Model[], jobs: Job[] = []) {
  server.use(
    http.get(at("models"), () => HttpResponse.json(models)),
    http.get(at("jobs"), () => HttpResponse.json(jobs)),
  );
}

beforeEach(() => {
  server.use(
    http.get(at("hub/curated"), () => HttpResponse.json([])),
    http.get(at("hub/cached"), () => HttpResponse.json([])),
  );
});

test("every model stands with its facts and one verdict, and one that cannot be used with the reason", async () => {
  serve([
    model,
    {
      ...model,
      name: "large",
      parameters: null,
      precision: "4-bit",
      licence: null,
      has_chat_template: false,
      fits: [fitting("inference", "tight"), fitting("qlora", "too_large")],
    },
    { ...model, name: "broken", fits: [], problem: "config.json is no JSON." },
  ]);
  showPage(<ModelsPage />, "/models");
  const row = async (name: string) => (await screen.findByRole("link", { name })).closest("tr")?.textContent;
  expect(await row("tiny")).toMatch(/llama · chat template · apache-2\.0.*1\.97 M.*Runs and trains/);
  expect(await row("large")).toMatch(
    /no chat template · no licence named.*unknown.*Runs tightly, too large to train/,
  );
  expect(await row("broken")).toContain("config.json is no JSON.");
  screen.getByText("3 models, 12 MB on disk");
});

test("without models and work the one thing to do is to get one", async () => {
  serve([]);
  showPage(<ModelsPage />, "/models");
  await screen.findByText("No models yet");
  expect(screen.getByRole("link", { name: "Get a model" }).getAttribute("href")).toBe("/models?get=hub");
});

test("sixty models are found by words, and the address keeps them", async () => {
  serve(Array.from({ length: 60 }, (_, index) => ({ ...model, name: `model-${index}` })));
  const router = showPage(<ModelsPage />, "/models?find=model-5");
  await screen.findByRole("link", { name: "model-59" });
  expect(screen.getAllByRole("row")).toHaveLength(12);
  await userEvent.type(screen.getByLabelText("Find"), "8");
  await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(2));
  expect(router.state.location.search).toBe("?find=model-58");
});

test("a download shows its pace, is paused, goes on, and once it ends the model is there", async () => {
  let now: Job = job;
  let models: Model[] = [];
  server.use(
    http.get(at("models"), () => HttpResponse.json(models)),
    http.get(at("jobs"), () => HttpResponse.json([now])),
    http.post(at("jobs/d1/pause"), () => {
      now = {
        ...job,
        state: "paused",
        seconds_left: null,
        message: null,
        can_pause: false,
        can_resume: true,
      };
      return HttpResponse.json(now);
    }),
    http.post(at("jobs/d1/resume"), () => {
      now = { ...job, done: 1e9, state: "completed", can_pause: false };
      models = [{ ...model, name: "org--model" }];
      return HttpResponse.json({ ...job, state: "queued" });
    }),
  );
  showPage(<ModelsPage />, "/models");
  const row = within(await screen.findByRole("listitem", { name: "org/model" }));
  row.getByText("400 MB of 1.0 GB, 10 MB/s, about 60 s left");
  await userEvent.click(row.getByRole("button", { name: "Pause org/model" }));
  await row.findByText("Paused");
  row.getByText("400 MB of 1.0 GB");
  await userEvent.click(row.getByRole("button", { name: "Go on with org/model" }));
  await screen.findByRole("link", { name: "org--model" });
  expect(screen.queryByRole("listitem", { name: "org/model" })).toBeNull();
});

test("a failed download says why, and goes on or is discarded", async () => {
  const asked: string[] = [];
  let jobs: Job[] = [
    { ...job, state: "failed", reason: "The connection broke off.", can_pause: false, can_resume: true },
  ];
  server.use(
    http.get(at("models"), () => HttpResponse.json([])),
    http.get(at("jobs"), () => HttpResponse.json(jobs)),
    http.delete(at("jobs/d1"), () => {
      asked.push("discard");
      jobs = [];
      return new HttpResponse(null, { status: 204 });
    }),
  );
  showPage(<ModelsPage />, "/models");
  expect((await screen.findByRole("alert")).textContent).toBe("The connection broke off.");
  screen.getByRole("button", { name: "Go on with org/model" });
  await userEvent.click(screen.getByRole("button", { name: "Discard org/model" }));
  await screen.findByText("No models yet");
  expect(asked).toEqual(["discard"]);
});

test("a pasted address is looked up, and only then downloaded, at the commit that was seen", async () => {
  serve([model]);
  const looked: string[] = [];
  let asked: unknown;
  server.use(
    http.get(at("hub/look"), ({ request }) => {
      looked.push(new URL(request.url).search);
      return HttpResponse.json(hubModel);
    }),
    http.post(at("models/download"), async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json(job, { status: 201 });
    }),
  );
  const router = showPage(<ModelsPage />, "/models?get=hub");
  const field = screen.getByLabelText("Repository");
  await userEvent.type(field, "https://huggingface.co/org/model/tree/old{Enter}");
  await screen.findByText("1.0 GB");
  expect(router.state.location.search).toBe("?get=hub&repo=org%2Fmodel&revision=old");
  await userEvent.clear(field);
  await userEvent.type(field, "org/model{Enter}");
  await waitFor(() => expect(looked).toEqual(["?repo_id=org%2Fmodel&revision=old", "?repo_id=org%2Fmodel"]));
  await userEvent.click(screen.getByRole("button", { name: "Download" }));
  await waitFor(() => expect(router.state.location.search).toBe(""));
  expect(asked).toEqual({ repo_id: "org/model", revision: "0123456789abcdef", name: "org--model" });
});

test.each([
  ["hub_gated", "Its owner has to let you in"],
  ["hub_not_found", "The hub has nothing like it"],
  ["hub_unreachable", "The hub does not answer"],
])("%s is said in words, and what was typed stays", async (code, title) => {
  server.use(
    http.get(at("hub/look"), () => HttpResponse.json({ detail: "What to do.", code }, { status: 403 })),
  );
  showPage(<ModelsPage />, "/models?get=hub&repo=org/closed");
  const alert = within(await screen.findByRole("alert"));
  alert.getByText(title);
  alert.getByText("What to do.");
  expect((screen.getByLabelText("Repository") as HTMLInputElement).value).toBe("org/closed");
});

test("what is no repository is not asked for", async () => {
  showPage(<ModelsPage />, "/models?get=hub");
  await userEvent.type(screen.getByLabelText("Repository"), "my model{Enter}");
  await screen.findByText(/^That is neither a repository/);
  expect((screen.getByLabelText("Repository") as HTMLInputElement).value).toBe("my model");
});

test("what does not fit on the disk cannot be downloaded, and what is here already is shown", async () => {
  let found = { ...hubModel, problem: "1.0 GB are needed, 0.2 GB are free." };
  server.use(http.get(at("hub/look"), () => HttpResponse.json(found)));
  showPage(<ModelsPage />, "/models?get=hub&repo=org/model");
  await screen.findByText("1.0 GB are needed, 0.2 GB are free.");
  expect((screen.getByRole("button", { name: "Download" }) as HTMLButtonElement).disabled).toBe(true);
  found = { ...hubModel, in_library: "org--model" } as typeof found;
  showPage(<ModelsPage />, "/models?get=hub&repo=org/model");
  expect((await screen.findByRole("link", { name: "Show it" })).getAttribute("href")).toBe(
    "/models/org--model",
  );
});

test("another revision that is here is shown, and this one is downloaded beside it", async () => {
  const found = { ...hubModel, other_revision: "org--model", name: "org--model-01234567" };
  let asked: unknown;
  serve([]);
  server.use(
    http.get(at("hub/look"), () => HttpResponse.json(found)),
    http.post(at("models/download"), async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json(job, { status: 201 });
    }),
  );
  showPage(<ModelsPage />, "/models?get=hub&repo=org/model");
  const other = await screen.findByText(/^Another revision of it is in the library/);
  expect(within(other).getByRole("link", { name: "org--model" }).getAttribute("href")).toBe(
    "/models/org--model",
  );
  await userEvent.click(screen.getByRole("button", { name: "Download" }));
  await waitFor(() => expect(asked).toMatchObject({ name: "org--model-01234567" }));
});

test("a folder is added by its path; one that cannot be is said, and what was typed stays", async () => {
  let asked: unknown;
  server.use(
    http.post(at("models/add"), async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json({ detail: "There is no config.json in it.", code: "x" }, { status: 400 });
    }),
  );
  showPage(<ModelsPage />, "/models?get=folder");
  await userEvent.type(screen.getByLabelText("Path of the folder"), " /tmp/m {Enter}");
  await screen.findByText("There is no config.json in it.");
  expect(asked).toEqual({ path: "/tmp/m", name: null });
  expect((screen.getByLabelText("Path of the folder") as HTMLInputElement).value).toBe(" /tmp/m ");
});

test("what the cache holds is used where it lies", async () => {
  const cached = {
    repo_id: "org/cached",
    revision: "abcdef0123",
    path: "/cache/snapshots/abcdef0123",
    size_bytes: 2e9,
    model_type: "qwen3",
    parameters: 6e8,
    precision: "bfloat16",
    licence: null,
    in_library: null,
    problem: null,
  };
  let asked: unknown;
  serve([]);
  server.use(
    http.get(at("hub/cached"), () =>
      HttpResponse.json([
        cached,
        { ...cached, path: "/b", repo_id: "org/half", problem: "A file is missing." },
      ]),
    ),
    http.post(at("models/add"), async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json({ ...model, name: "cached" }, { status: 201 });
    }),
  );
  const router = showPage(<ModelsPage />, "/models?get=cache");
  const use = await screen.findByRole("button", { name: "Use it: org/cached" });
  screen.getByText("A file is missing.");
  await userEvent.click(use);
  await waitFor(() => expect(router.state.location.pathname).toBe("/models/cached"));
  expect(asked).toEqual({ path: cached.path });
});

import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { TrainingConfig } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { SetupPage } from "./SetupPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;
let started: TrainingConfig[] = [];

const estimate = (config: TrainingConfig) => ({
  model_type: "qwen2",
  total_parameters: 1_000_000,
  trainable_parameters: 1000 * (config.lora_rank ?? 0),
  trainable_percent: 0.1 * (config.lora_rank ?? 0),
  num_layers: 4,
  adapted_layers: 4,
  adapted_modules: 28,
  scale: 1,
  suggested_learning_rate: 5.2e-4,
  comparable_learning_rate: 1e-4,
  groups: [],
  notes: [],
  warnings:
    (config.lora_rank ?? 0) > 256
      ? [{ field: "lora_rank", message: "Rank 300 is above 256: it seldom helps." }]
      : [],
});

beforeEach(() => {
  started = [];
  server.use(
    http.get(at("models"), () =>
      HttpResponse.json([{ name: "tiny", path: "tiny", size_bytes: 4e6, problem: null }]),
    ),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "rows", path: "rows", rows: { train: 9, valid: 2 }, suggested: {}, problem: null },
      ]),
    ),
    http.get(at("adapters"), () => HttpResponse.json([])),
    http.get(at("training/status"), () => HttpResponse.json({ running: null, queue: [] })),
    http.post(at("training/estimate"), async ({ request }) =>
      HttpResponse.json(estimate((await request.json()) as TrainingConfig)),
    ),
    http.post(at("training/start"), async ({ request }) => {
      started.push((await request.json()) as TrainingConfig);
      return HttpResponse.json({ id: "run-1" }, { status: 201 });
    }),
  );
});

async function type(label: string, text: string) {
  const field = await screen.findByLabelText(label);
  await userEvent.clear(field);
  await userEvent.type(field, text);
  return field;
}

test("the exact count follows what is typed, and a warning stands beside its field and above Start", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByText("32,000");
  const rank = await type("Rank", "300");
  await screen.findByText("300,000");
  expect(screen.getAllByText("Rank 300 is above 256: it seldom helps.")).toHaveLength(2);
  const note = document.getElementById(rank.getAttribute("aria-describedby")?.split(" ").at(-1) ?? "");
  expect(note?.textContent).toBe("Rank 300 is above 256: it seldom helps.");
});

test("what cannot be read is said, keeps the last count, and starts nothing", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByText("32,000");
  await type("Rank", "many");
  expect(await screen.findAllByText("'Rank' is a whole number, such as 32.")).toHaveLength(2);
  await new Promise((settled) => setTimeout(settled, 400));
  expect(screen.getByText("32,000")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Start training" }));
  expect(started).toEqual([]);
});

test("Enter never starts, Ctrl+Enter does, and leads to the session", async () => {
  const router = showPage(<SetupPage />, "/setup");
  const name = await type("Adapter name", "voice");
  await userEvent.keyboard("{Enter}");
  expect(started).toEqual([]);
  fireEvent.keyDown(name, { key: "Enter", ctrlKey: true });
  await waitFor(() => expect(router.state.location.pathname).toBe("/training/run-1"));
  expect(started).toMatchObject([
    { model_path: "tiny", train_data_path: "rows", adapter_name: "voice", lora_rank: 32 },
  ]);
});

test("a refused start keeps the form and says why beside the field, until it changes", async () => {
  const message = "There is an adapter with this name already.";
  server.use(
    http.post(at("training/start"), () =>
      HttpResponse.json(
        {
          detail: "There is an adapter 'voice' already.",
          code: "adapter_exists",
          fields: [{ field: "adapter_name", message }],
        },
        { status: 409 },
      ),
    ),
  );
  const router = showPage(<SetupPage />, "/setup");
  await type("Adapter name", "voice");
  await userEvent.click(screen.getByRole("button", { name: "Start training" }));
  expect(await screen.findAllByText(message)).toHaveLength(2);
  expect(router.state.location.pathname).toBe("/setup");
  await type("Adapter name", "voice-2");
  await waitFor(() => expect(screen.queryByText(message)).toBeNull());
});

test("replacing an adapter is agreed to for one start only", async () => {
  server.use(http.get(at("adapters"), () => HttpResponse.json([{ name: "voice" }])));
  const router = showPage(<SetupPage />, "/setup");
  await type("Adapter name", "voice");
  await userEvent.click(await screen.findByRole("radio", { name: "Replace it" }));
  await userEvent.click(screen.getByRole("button", { name: "Start training" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/training/run-1"));
  expect(started).toMatchObject([{ adapter_name: "voice", on_existing: "replace" }]);
  expect(JSON.parse(localStorage.getItem("droid.setup") ?? "")).toMatchObject({
    adapter_name: "voice",
    on_existing: "refuse",
  });
});

test("a server that is away is said in words, and nothing typed is lost", async () => {
  showPage(<SetupPage />, "/setup");
  await type("Adapter name", "voice");
  server.use(http.post(at("training/start"), () => HttpResponse.error()));
  await userEvent.click(screen.getByRole("button", { name: "Start training" }));
  await screen.findByText(/The server does not answer/);
  expect(((await screen.findByLabelText("Adapter name")) as HTMLInputElement).value).toBe("voice");
});

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

const module = (key: string, group: string) => ({
  path: `model.layers.0.${key}`,
  kind: "linear",
  in_features: 8,
  out_features: 8,
  layer: 0,
  group,
});
const profile = {
  model_type: "qwen2",
  hidden_size: 8,
  total_parameters: 1_000_000,
  num_layers: 1,
  modules: [
    module("self_attn.q_proj", "attention"),
    module("self_attn.o_proj", "attention"),
    module("mlp.up_proj", "mlp"),
  ],
  parameters: [],
};

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
  comparable_learning_rate: config.learning_rate ?? 0,
  groups: [{ key: "self_attn.q_proj", modules: 4, parameters: 8 }],
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
    http.get(at("models/tiny"), () => HttpResponse.json({ name: "tiny", profile })),
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

test("modules of one's own begin with those of the preset, and end up in the keys and in the estimate", async () => {
  const asked: TrainingConfig[] = [];
  server.use(
    http.post(at("training/estimate"), async ({ request }) => {
      asked.push((await request.json()) as TrainingConfig);
      return HttpResponse.json(estimate(asked.at(-1) as TrainingConfig));
    }),
  );
  showPage(<SetupPage />, "/setup");
  await screen.findByText("32,000");
  await userEvent.click(screen.getByRole("radio", { name: "Custom" }));
  const keys = (await screen.findByLabelText("Keys")) as HTMLTextAreaElement;
  expect(keys.value).toBe("self_attn.q_proj");
  const attention = screen.getByRole("checkbox", { name: "Attention" }) as HTMLInputElement;
  expect(attention.indeterminate).toBe(true);
  await userEvent.click(screen.getByRole("checkbox", { name: "MLP" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "self_attn.o_proj" }));
  expect(keys.value).toBe("attention\nmlp");
  await waitFor(() => expect(asked.at(-1)?.lora_keys).toEqual(["attention", "mlp"]));
});

test("the suggested learning rate is taken with one click", async () => {
  showPage(<SetupPage />, "/setup");
  await userEvent.click(await screen.findByRole("button", { name: "Use 5.2e-4" }));
  expect(((await screen.findByLabelText("Learning rate")) as HTMLInputElement).value).toBe("5.2e-4");
  await screen.findByText(/^This is the suggested rate/);
});

test("full fine-tuning has no ranks, and none are sent", async () => {
  showPage(<SetupPage />, "/setup");
  await type("Rank", "many");
  await userEvent.click(screen.getByRole("radio", { name: "Full fine-tuning", hidden: true }));
  await screen.findByText(/so there are no modules, ranks or multipliers/);
  expect(screen.queryByLabelText("Rank")).toBeNull();
  await waitFor(() => expect(screen.queryByText("'Rank' is a whole number, such as 32.")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: "Start training" }));
  await waitFor(() => expect(started).toMatchObject([{ fine_tune_type: "full", lora_rank: 32 }]));
});

const bands = (likely: number) => ({ likely, low: likely * 0.9, high: likely * 1.1 });
const tooMuch = {
  fits: false,
  verdict: "It does not fit: about 20.0 GB of 16.0 GB that are free for it.",
  peak_memory_bytes: bands(20e9),
  duration_seconds: bands(240),
  memory_limit_bytes: 16e9,
  measured: [],
  remedies: [
    {
      changes: { max_seq_length: 512 },
      words: "longer examples cut at 512 tokens",
      peak_memory_bytes: bands(9e9),
      fits: true,
    },
  ],
};

test("a measurement says what a run takes, goes out of date in sight, and its remedy is one click", async () => {
  server.use(http.post(at("training/preflight"), () => HttpResponse.json(tooMuch)));
  showPage(<SetupPage />, "/setup");
  await screen.findByText("32,000");
  await userEvent.click(screen.getByRole("button", { name: "Measure memory and time" }));
  await screen.findByText(tooMuch.verdict);
  screen.getByText("18.0 GB to 22.0 GB");
  screen.getByText(/^about 4 min/);
  await type("Rank", "64");
  await screen.findByText("Out of date: measured before Rank changed.");
  expect(screen.queryByRole("button", { name: "Change it so" })).toBeNull();
  await type("Rank", "32");
  await userEvent.click(await screen.findByRole("button", { name: "Change it so" }));
  expect(((await screen.findByLabelText("Longest sequence")) as HTMLInputElement).value).toBe("512");
  await screen.findByText(/about/, { selector: "p[role=status]" });
  screen.getByRole("button", { name: "Measure again" });
});

test("a measurement that is refused says why, one that is cancelled says nothing", async () => {
  let cancelled = () => {};
  const untilCancelled = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  server.use(
    http.post(
      at("training/preflight"),
      () => HttpResponse.json({ detail: "A run trains now.", code: "preflight_refused" }, { status: 409 }),
      { once: true },
    ),
    http.post(at("training/preflight"), async () => {
      await untilCancelled;
      return HttpResponse.json({ detail: "It was cancelled.", code: "preflight_cancelled" }, { status: 409 });
    }),
    http.delete(at("training/preflight"), () => {
      cancelled();
      return new HttpResponse(null, { status: 204 });
    }),
  );
  showPage(<SetupPage />, "/setup");
  await screen.findByText("32,000");
  await userEvent.click(screen.getByRole("button", { name: "Measure memory and time" }));
  await screen.findByText("A run trains now.");
  await userEvent.click(screen.getByRole("button", { name: "Measure memory and time" }));
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await screen.findByRole("button", { name: "Measure memory and time" });
  expect(screen.queryByText("It was cancelled.")).toBeNull();
});

const waiting = {
  id: "run-7",
  state: "queued",
  adapter_name: "voice",
  started_at: null,
  earlier_seconds: 0,
  queue_position: 2,
  config: { model_path: "tiny", train_data_path: "rows", adapter_name: "voice", lora_rank: 8 },
};

test("a run's settings are used again under a free name, and the page says that the run is new", async () => {
  server.use(
    http.get(at("sessions/run-7"), () =>
      HttpResponse.json({ ...waiting, state: "completed", started_at: 1 }),
    ),
    http.get(at("adapters"), () => HttpResponse.json([{ name: "voice" }])),
  );
  showPage(<SetupPage />, "/setup?from=run-7");
  await screen.findByText("A new run with the settings of voice");
  expect((screen.getByLabelText("Adapter name") as HTMLInputElement).value).toBe("voice-2");
  expect((screen.getByLabelText("Rank") as HTMLInputElement).value).toBe("8");
});

test("a waiting run is changed in its place, and nothing is started", async () => {
  const changes: TrainingConfig[] = [];
  server.use(
    http.get(at("sessions/run-7"), () => HttpResponse.json(waiting)),
    http.patch(at("sessions/run-7"), async ({ request }) => {
      changes.push((await request.json()) as TrainingConfig);
      return HttpResponse.json(waiting);
    }),
  );
  const router = showPage(<SetupPage />, "/setup?change=run-7");
  await screen.findByText("You are changing voice, which waits");
  await type("Rank", "16");
  await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/training/run-7"));
  expect(changes).toMatchObject([{ adapter_name: "voice", lora_rank: 16 }]);
  expect(started).toEqual([]);
});

test("a run that has begun is not changed: the page leads to a new one", async () => {
  server.use(
    http.get(at("sessions/run-7"), () => HttpResponse.json({ ...waiting, state: "running", started_at: 1 })),
  );
  showPage(<SetupPage />, "/setup?change=run-7");
  await screen.findByText("voice can no longer be changed");
  expect(screen.getByRole("link", { name: "Use its settings for a new run" }).getAttribute("href")).toBe(
    "/setup?from=run-7",
  );
});

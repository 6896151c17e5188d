import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { Profiler } from "react";
import { beforeEach, expect, test, vi } from "vitest";
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

const statistics = ({ batch_size = 1 }: TrainingConfig) => ({
  splits: {},
  padding_percent: 0,
  batches_per_epoch: 100 / batch_size,
  iterations_per_epoch: 100 / batch_size,
  tokens_per_epoch: 5000,
  loss_tokens_per_epoch: 4000,
  sampled: false,
  sampled_rows: {},
});

const preset = (name: string, iterations: number) => ({
  name,
  title: `A ${name} run`,
  why: `It is ${name}.`,
  settings: { iterations, batch_size: 4, learning_rate: 5e-4, patience: 5 },
  epochs: iterations / 25,
  tokens: 200 * iterations,
  iterations,
});

const bands = (likely: number) => ({ likely, low: likely * 0.9, high: likely * 1.1 });
const forecast = {
  fits: true,
  verdict: "It should fit: about 2.1 GB of 16.0 GB that are free for it.",
  peak_memory_bytes: bands(2.1e9),
  memory_limit_bytes: 16e9,
  duration_seconds: null,
  time_source: null,
  remedies: [],
};

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
    http.post(at("tokens/statistics"), async ({ request }) =>
      HttpResponse.json(statistics((await request.json()) as TrainingConfig)),
    ),
    http.post(at("training/presets"), () =>
      HttpResponse.json([preset("quick", 40), preset("solid", 75), preset("thorough", 150)]),
    ),
    http.post(at("training/forecast"), () => HttpResponse.json(forecast)),
    http.post(at("training/start"), async ({ request }) => {
      started.push((await request.json()) as TrainingConfig);
      return HttpResponse.json({ id: "run-1" }, { status: 201 });
    }),
  );
});

async function type(label: string, text: string) {
  const field = await screen.findByLabelText(label);
  await waitFor(() => expect(field.hasAttribute("disabled")).toBe(false));
  await userEvent.clear(field);
  await userEvent.type(field, text);
  return field;
}

async function measure() {
  const button = await screen.findByRole("button", { name: "Measure memory and time" });
  await waitFor(() => expect(button.hasAttribute("disabled")).toBe(false));
  await userEvent.click(button);
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
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
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
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
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
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
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
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
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
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
  await waitFor(() => expect(started).toMatchObject([{ fine_tune_type: "full", lora_rank: 32 }]));
});

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
  await measure();
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
  await measure();
  await screen.findByText("A run trains now.");
  await measure();
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

const shown = async (label: string) => ((await screen.findByLabelText(label)) as HTMLInputElement).value;
const radio = (name: RegExp) => screen.findByRole("radio", { name });

test("a first visit is filled for a quick look; another preset says what it changed, and is taken back", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByText(/^Nothing was trained here yet/);
  await waitFor(async () => expect(await shown("Iterations")).toBe("40"));
  expect((await radio(/quick/)).getAttribute("aria-checked")).toBe("true");
  await userEvent.click(await radio(/thorough/));
  expect(await shown("Iterations")).toBe("150");
  screen.getByText("It set 4 fields");
  await type("Iterations", "12");
  await screen.findByText(/by hand since: Iterations/);
  await userEvent.click(screen.getByRole("button", { name: "Set it again" }));
  expect(await shown("Iterations")).toBe("150");
  await userEvent.click(screen.getByRole("button", { name: "Take it back" }));
  expect(await shown("Iterations")).toBe("7329");
  expect(screen.queryByText(/^It set/)).toBeNull();
});

test("epochs become steps by the data, and are kept when the batches change", async () => {
  showPage(<SetupPage />, "/setup");
  const length = () => screen.getByTestId("length").textContent;
  await waitFor(() => expect(length()).toBe("= 40 steps, 1.6 epochs, 8,000 tokens"));
  await userEvent.click(await radio(/^epochs$/));
  await waitFor(async () => expect(await shown("Epochs")).toBe("1.6"));
  await type("Epochs", "2");
  expect(length()).toBe("= 50 steps, 2.0 epochs, 10.0 k tokens");
  await userEvent.click(screen.getByText("Batches and memory"));
  await type("Batch size", "10");
  await waitFor(() => expect(length()).toBe("= 20 steps, 2.0 epochs, 10.0 k tokens"));
});

test("epochs that come out between two steps are rounded up once, and then the page rests", async () => {
  let drawn = 0;
  showPage(
    <Profiler id="page" onRender={() => (drawn += 1)}>
      <SetupPage />
    </Profiler>,
    "/setup",
  );
  await screen.findByRole("button", { name: "Start training" });
  await userEvent.click(await radio(/^epochs$/));
  await type("Epochs", "1.5");
  await screen.findByText("= 38 steps,", { exact: false });
  await new Promise((rest) => setTimeout(rest, 800));
  const before = drawn;
  await new Promise((rest) => setTimeout(rest, 300));
  expect(drawn).toBe(before);
});

test("epochs start nothing before they are steps of the batches that were chosen", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByRole("button", { name: "Start training" });
  await userEvent.click(await radio(/^epochs$/));
  await type("Epochs", "2");
  await userEvent.click(screen.getByText("Batches and memory"));
  const batch = await type("Batch size", "10");
  fireEvent.keyDown(batch, { key: "Enter", ctrlKey: true });
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
  await waitFor(() => expect(started).toMatchObject([{ batch_size: 10, iterations: 20 }]));
});

test("a start that is asked for twice begins one run", async () => {
  showPage(<SetupPage />, "/setup");
  const field = await screen.findByLabelText("Adapter name");
  await screen.findByRole("button", { name: "Start training" });
  for (const repeat of [false, true, true]) fireEvent.keyDown(field, { key: "Enter", ctrlKey: true, repeat });
  await waitFor(() => expect(started).toHaveLength(1));
  await new Promise((rest) => setTimeout(rest, 300));
  expect(started).toHaveLength(1);
});

test("to look at another run's settings does not lose a form that was filled in", async () => {
  server.use(http.get(at("sessions/run-7"), () => HttpResponse.json({ ...waiting, state: "completed" })));
  showPage(<SetupPage />, "/setup");
  await type("Adapter name", "mine");
  cleanup();
  showPage(<SetupPage />, "/setup?from=run-7");
  await screen.findByText("A new run with the settings of voice");
  cleanup();
  showPage(<SetupPage />, "/setup");
  expect(await shown("Adapter name")).toBe("mine");
});

test("a link to a model is followed in a new tab too, where a form was left", async () => {
  server.use(
    http.get(at("models"), () =>
      HttpResponse.json(
        ["tiny", "small"].map((name) => ({ name, path: name, size_bytes: 4e6, problem: null })),
      ),
    ),
    http.get(at("models/small"), () => HttpResponse.json({ name: "small", profile })),
  );
  showPage(<SetupPage />, "/setup");
  await type("Adapter name", "mine");
  cleanup();
  vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ type: "navigate" }] as never);
  showPage(<SetupPage />, "/setup?model=small");
  expect((await screen.findByLabelText("Base model")).textContent).toContain("small");
  expect(await shown("Adapter name")).toBe("mine");
});

test("epochs that cannot be read start nothing, and steps follow again once they can", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByTestId("length");
  await screen.findByRole("button", { name: "Start training" });
  await userEvent.click(await radio(/^epochs$/));
  await type("Epochs", "many");
  await screen.findByText("'Epochs' is a number above 0, such as 2.");
  await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
  expect(started).toEqual([]);
  await type("Epochs", "3");
  await userEvent.click(await radio(/^steps$/));
  await waitFor(async () => expect(await shown("Iterations")).toBe("75"));
});

test("data that cannot be counted is said, and keeps nobody from choosing settings", async () => {
  const refused = () => HttpResponse.json({ detail: "Line 3 is no JSON.", code: "bad" }, { status: 400 });
  server.use(http.post(at("tokens/statistics"), refused), http.post(at("training/presets"), refused));
  showPage(<SetupPage />, "/setup");
  await screen.findByText("Epochs cannot be counted: Line 3 is no JSON.");
  expect(await shown("Iterations")).toBe("7329");
  expect((await radio(/quick/)).hasAttribute("disabled")).toBe(true);
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Start training" }).hasAttribute("disabled")).toBe(false),
  );
});

test("memory is estimated at once and called so; a time that nothing tells is not made up", async () => {
  showPage(<SetupPage />, "/setup");
  await screen.findByText("Estimated, not measured");
  screen.getByText(forecast.verdict);
  screen.getByText("not known yet: measure it");
});

test("an estimate that does not fit offers its remedy with one click", async () => {
  server.use(
    http.post(at("training/forecast"), () =>
      HttpResponse.json({
        ...forecast,
        fits: false,
        remedies: tooMuch.remedies,
        duration_seconds: bands(240),
        time_source: { kind: "run", at: 0, session_id: "run-3", adapter_name: "voice" },
      }),
    ),
  );
  showPage(<SetupPage />, "/setup");
  expect((await screen.findByRole("link", { name: "voice" })).getAttribute("href")).toBe("/training/run-3");
  await userEvent.click(screen.getByRole("button", { name: "Change it so" }));
  expect(await shown("Longest sequence")).toBe("512");
});

test("without models and data the page leads to where they come from", async () => {
  server.use(
    http.get(at("models"), () => HttpResponse.json([])),
    http.get(at("datasets"), () => HttpResponse.json([])),
  );
  showPage(<SetupPage />, "/setup");
  await screen.findByText("A model and data are needed first");
  expect(screen.getByRole("link", { name: "Get a model" }).getAttribute("href")).toBe("/models");
  expect(screen.getByRole("link", { name: "Bring data" }).getAttribute("href")).toBe("/data");
});

test("the address chooses a model, also with another run's settings, and says what does not apply to it", async () => {
  server.use(
    http.get(at("models"), () =>
      HttpResponse.json([
        { name: "tiny", path: "tiny", size_bytes: 4e6, problem: null },
        { name: "small", path: "small", size_bytes: 4e6, num_layers: 2, problem: null },
      ]),
    ),
    http.get(at("models/small"), () => HttpResponse.json({ name: "small", profile })),
    http.get(at("sessions/run-7"), () =>
      HttpResponse.json({
        ...waiting,
        state: "completed",
        config: { ...waiting.config, lora_num_layers: 9 },
      }),
    ),
  );
  showPage(<SetupPage />, "/setup?from=run-7&model=small");
  await screen.findByText("Layers: small has only 2 layers.");
  expect(screen.getByLabelText("Base model").textContent).toContain("small");
  expect(await shown("Rank")).toBe("8");
});

test("settings are saved, and a name that is taken is replaced only when asked again", async () => {
  const saved: [string, unknown][] = [];
  server.use(
    http.put(at("training/settings/:name"), async ({ request, params }) => {
      if (!request.url.includes("replace=true"))
        return HttpResponse.json({ detail: "Taken.", code: "settings_exist" }, { status: 409 });
      saved.push([String(params.name), await request.json()]);
      return HttpResponse.json({ name: params.name, saved_at: 0 });
    }),
  );
  showPage(<SetupPage />, "/setup");
  await waitFor(async () => expect(await shown("Iterations")).toBe("40"));
  await userEvent.click(screen.getByRole("button", { name: "Save settings" }));
  await type("Name", "voice");
  fireEvent.keyDown(screen.getByLabelText("Name"), { key: "Enter", ctrlKey: true });
  await screen.findByText("There are settings named voice already; saving again replaces them.");
  await userEvent.click(screen.getByRole("button", { name: "Replace voice" }));
  await waitFor(() => expect(screen.queryByText("Save these settings")).toBeNull());
  expect(saved).toMatchObject([["voice", { iterations: 40, lora_rank: 32, model_path: "tiny" }]]);
  expect(saved[0]?.[1]).not.toHaveProperty("on_existing");
  expect(started).toEqual([]);
});

test("pasted settings are read, every line that is left out is named, and loading is taken back", async () => {
  const asked: string[] = [];
  server.use(
    http.get(at("training/settings"), () => HttpResponse.json([])),
    http.post(at("training/settings/read"), async ({ request }) => {
      asked.push(await request.text());
      return HttpResponse.json({
        settings: { lora_rank: 4 },
        problems: [{ field: "iters", line: 2, message: "It is called 'iterations' here." }],
      });
    }),
  );
  showPage(<SetupPage />, "/setup");
  await waitFor(async () => expect(await shown("Iterations")).toBe("40"));
  await userEvent.click(screen.getByRole("button", { name: "Load settings" }));
  await screen.findByText("Nothing was saved under a name yet.");
  fireEvent.change(screen.getByLabelText("From a file, or pasted"), {
    target: { value: "lora_rank: 4\niters: 3" },
  });
  await screen.findByText("1 setting read. It changes Rank.");
  expect(screen.getByRole("list", { name: "Left out" }).textContent).toContain("Line 2 is left out");
  expect(asked).toEqual(["lora_rank: 4\niters: 3"]);
  await userEvent.click(screen.getByRole("button", { name: "Use these settings" }));
  expect(await shown("Rank")).toBe("4");
  await userEvent.click(screen.getByRole("button", { name: "Take it back" }));
  expect(await shown("Rank")).toBe("32");
});

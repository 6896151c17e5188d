import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { AdapterDetails, EvaluatedExample, Evaluation, EvaluationRequest } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { HeldOutPage } from "./HeldOutPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

const weights = (name: string | null): AdapterDetails => ({
  name,
  type: name === null ? "none" : "best",
  step: null,
  base_fingerprint: "f",
  content_hash: null,
  warnings: [],
  method: null,
  model_recorded: null,
  num_layers: null,
  expected_layers: 2,
  rank: null,
  alpha: null,
  scale: null,
  dropout: null,
  keys: null,
  rank_pattern: {},
  alpha_pattern: {},
  chat_template_used: false,
});
const measured = {
  available: 9,
  rows: 9,
  examples: 8,
  tokens: 80,
  empty: 1,
  cut: 2,
  longest: 700,
  max_seq_length: 512,
};
const better = { mean: -1.25, low: -1.5, high: -1, verdict: "better" as const };
const whole: Evaluation = {
  job: {
    id: "e1",
    kind: "evaluation",
    title: "tiny on rows, test split",
    state: "completed",
    created_at: 1,
    started_at: 2,
    finished_at: 3,
    done: 80,
    total: 80,
    unit: "tokens",
    message: null,
    seconds_left: null,
    reason: "8 examples measured under 2 weights. 1 could not be measured.",
    cancelling: false,
    can_pause: false,
    can_resume: false,
    last_seq: 9,
  },
  request: { model_name: "tiny", data: "rows", split: "test", mask_prompt: true },
  weights: [weights(null), weights("voice"), weights("broken")],
  result: {
    data: measured,
    general: null,
    weights: [
      {
        details: weights(null),
        data: { loss: 3, perplexity: 20.0855, difference: null },
        general: null,
        problem: null,
      },
      {
        details: weights("voice"),
        data: { loss: 1.75, perplexity: 5.7546, difference: better },
        general: null,
        problem: null,
      },
      { details: weights("broken"), data: null, general: null, problem: "lora_a holds NaN." },
    ],
  },
};
const example: EvaluatedExample = {
  part: "data",
  index: 0,
  line: 1,
  prompt: "Who are you?",
  reference: "A guide.",
  text: null,
  tokens: 10,
  full_length: 700,
  cut: true,
  losses: [4, 1, null],
};

function serve(evaluations: Evaluation[]) {
  server.use(
    http.get(at("evaluations"), () => HttpResponse.json(evaluations)),
    ...evaluations.map((it) => http.get(at(`evaluations/${it.job.id}`), () => HttpResponse.json(it))),
    http.get(at("evaluations/e1/examples"), () => HttpResponse.json({ total: 8, examples: [example] })),
  );
}

beforeEach(() => {
  const adapters = [
    { name: "voice", model_name: "tiny", has_best: true, checkpoints: [20], created_at: 2, problem: null },
    { name: "other", model_name: "big", has_best: false, checkpoints: [], created_at: 1, problem: null },
  ];
  server.use(
    http.get(at("models"), () => HttpResponse.json([{ name: "tiny", problem: null }])),
    http.get(at("adapters"), () => HttpResponse.json(adapters)),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "trained", rows: { train: 5 }, problem: null },
        { name: "no-test", rows: { train: 5, valid: 3 }, problem: null },
        { name: "rows", rows: { train: 5, valid: 3, test: 9 }, problem: null },
      ]),
    ),
  );
});

test("numbers, what was cut and left out, and weights that failed are told", async () => {
  serve([whole]);
  showPage(<HeldOutPage />, "/compare/held-out");
  const table = within(await screen.findByRole("table", { name: "On the data" }));
  expect(table.getByRole("row", { name: /^Base model/ }).textContent).toContain("3.0000");
  expect(table.getByRole("row", { name: /^voice best/ }).textContent).toMatch(
    /1\.7500.*Better−1\.2500 ± 0\.2500/,
  );
  expect(table.getByRole("row", { name: /^broken best/ }).textContent).toContain("not measured");
  screen.getByText("lora_a holds NaN.");
  screen.getByText(/2 rows are longer than 512 tokens and were cut there; the longest has 700\./);
  screen.getByText(/1 row has no token that counts, and is left out\./);
  const row = within((await screen.findByText("A guide.")).closest("li") as HTMLElement);
  row.getByText(/line 1, 10 tokens counted, cut: it has 700 tokens/);
  row.getByText("−3.0000");
  screen.getByText("1 to 8 of 8");
});

test("the newest adapter of the base and held-out data are offered, and the form asks for what it shows", async () => {
  serve([]);
  let asked: EvaluationRequest | undefined;
  server.use(
    http.post(at("evaluations"), async ({ request }) => {
      asked = (await request.json()) as EvaluationRequest;
      serve([whole]);
      return HttpResponse.json(whole, { status: 201 });
    }),
  );
  const router = showPage(<HeldOutPage />, "/compare/held-out?prompt=kept");
  await screen.findByText("Nothing measured yet");
  expect(screen.queryByText("other")).toBeNull();
  const user = userEvent.setup();
  await user.click(screen.getByRole("checkbox", { name: "step 20" }));
  await user.type(screen.getByLabelText("Rows"), "4");
  await user.click(screen.getByRole("radio", { name: "Answers alone" }));
  await user.click(screen.getByRole("radio", { name: "validation" }));
  await user.click(screen.getByRole("button", { name: "Measure" }));
  await screen.findByRole("table", { name: "On the data" });
  expect(asked).toEqual({
    model_name: "tiny",
    adapters: [
      { adapter_name: "voice", adapter_file: null },
      { adapter_name: "voice", adapter_file: 20 },
    ],
    data: "rows",
    split: "valid",
    limit: 4,
    mask_prompt: true,
    general: true,
  });
  const search = new URLSearchParams(router.state.location.search);
  expect([search.get("evaluation"), search.get("prompt"), search.getAll("adapter")]).toEqual([
    "e1",
    "kept",
    ["voice", "voice@20"],
  ]);
});

test("the data that the first adapter was trained on is chosen once it is known, else the first with a test split", async () => {
  serve([]);
  const made = { model_name: "tiny", has_best: true, checkpoints: [], created_at: 2, problem: null };
  let tell = (_: Response) => {};
  const told = new Promise<Response>((resolve) => {
    tell = resolve;
  });
  server.use(
    http.get(at("adapters"), () =>
      HttpResponse.json([
        { ...made, name: "voice", session_id: "run" },
        { ...made, name: "gone", session_id: "deleted" },
      ]),
    ),
    http.get(at("sessions/run"), () => told),
    http.get(at("sessions/deleted"), () => HttpResponse.json({ detail: "Gone." }, { status: 404 })),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "first", rows: { train: 5, test: 3 }, problem: null },
        { name: "own", rows: { train: 5, valid: 3, test: 9 }, problem: null },
      ]),
    ),
  );
  showPage(<HeldOutPage />, "/compare/held-out");
  const measure = await screen.findByRole("button", { name: "Measure" });
  expect(measure).toHaveProperty("disabled", true);
  tell(HttpResponse.json({ id: "run", data_name: "own" }));
  await screen.findByText(/all 9 rows of the test split/);
  const user = userEvent.setup();
  await user.click(screen.getByRole("checkbox", { name: "voice" }));
  await user.click(screen.getByRole("checkbox", { name: "gone" }));
  await screen.findByText(/all 3 rows of the test split/);
});

test("other weights of the first adapter leave the data as it was, and the adapters in their order", async () => {
  serve([]);
  const made = { model_name: "tiny", has_best: true, checkpoints: [], created_at: 2, problem: null };
  server.use(
    http.get(at("adapters"), () =>
      HttpResponse.json([
        { ...made, name: "a", session_id: "run-a" },
        { ...made, name: "b", session_id: "run-b" },
      ]),
    ),
    http.get(at("sessions/run-a"), () => HttpResponse.json({ id: "run-a", data_name: "of-a" })),
    http.get(at("sessions/run-b"), () => HttpResponse.json({ id: "run-b", data_name: "of-b" })),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "of-a", rows: { train: 5, test: 3 }, problem: null },
        { name: "of-b", rows: { train: 5, test: 9 }, problem: null },
      ]),
    ),
  );
  const router = showPage(<HeldOutPage />, "/compare/held-out?adapter=a&adapter=b");
  await screen.findByText(/all 3 rows of the test split/);
  const own = within(screen.getByRole("group", { name: "Weights of a" }));
  await userEvent.click(own.getByRole("checkbox", { name: "latest" }));
  const search = () => new URLSearchParams(router.state.location.search);
  expect(search().getAll("adapter")).toEqual(["a", "a@latest", "b"]);
  expect(await screen.findByText(/all 3 rows of the test split/)).toBeTruthy();
});

test("what is refused stands at its field, and what is no number is not asked for", async () => {
  serve([]);
  const message = "rows has no test split.";
  server.use(
    http.post(at("evaluations"), () =>
      HttpResponse.json(
        { detail: message, code: "x", fields: [{ field: "split", message }] },
        { status: 400 },
      ),
    ),
  );
  showPage(<HeldOutPage />, "/compare/held-out");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Measure" }));
  await screen.findByText(message);
  await user.type(screen.getByLabelText("Rows"), "some");
  await screen.findByText("A whole number from 1, or nothing.");
  expect(screen.getByRole("button", { name: "Measure" })).toHaveProperty("disabled", true);
});

test.each([
  [{ state: "failed", reason: "Memory ran out." }, "Memory ran out."],
  [{ state: "cancelled", reason: "Cancelled on request." }, "Cancelled on request."],
] as const)("an evaluation that ended as %o says so and can be deleted", async (end, words) => {
  serve([{ ...whole, job: { ...whole.job, ...end }, result: null }]);
  showPage(<HeldOutPage />, "/compare/held-out");
  await screen.findByText(words);
  screen.getByRole("button", { name: "Delete it" });
  expect(screen.queryByRole("table")).toBeNull();
});

test("a server that does not answer is said, with a way to try again", async () => {
  server.use(http.get(at("models"), () => HttpResponse.error()));
  showPage(<HeldOutPage />, "/compare/held-out");
  await screen.findByText("Models, adapters and data could not be listed");
  screen.getByRole("button", { name: "Try again" });
});

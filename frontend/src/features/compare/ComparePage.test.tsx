import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { AdapterDetails, InferenceRequest } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { ComparePage } from "./ComparePage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

const details: AdapterDetails = {
  name: "voice",
  type: "best",
  warnings: ["The adapter covers only 2 of 4 layers."],
  method: "dora",
  model_recorded: "tiny",
  num_layers: 2,
  expected_layers: 4,
  rank: 8,
  alpha: 256,
  scale: 32,
  dropout: 0,
  keys: null,
  chat_template_used: false,
};
const answered = (response: string, adapter_details: AdapterDetails) => ({
  response,
  adapter_details,
  prompt_tokens: 4,
  generated_tokens: 12,
  seconds: 0.3,
  tokens_per_second: 40,
  finish_reason: "length",
});

beforeEach(() => {
  server.use(
    http.get(at("models"), () => HttpResponse.json([{ name: "tiny", problem: null }])),
    http.get(at("adapters"), () =>
      HttpResponse.json([
        { name: "voice", model_name: "tiny", session_id: null, created_at: 1, problem: null },
      ]),
    ),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        {
          name: "rows",
          rows: { train: 9, test: 2 },
          examples: ["Who are you?"],
          suggested: {},
          problem: null,
        },
      ]),
    ),
    http.get(at("datasets/rows/preview"), () =>
      HttpResponse.json({
        name: "rows",
        split: "test",
        total: 1,
        rows: [{ row: {}, prompt: "Where?", answer: "Here." }],
      }),
    ),
  );
});

const side = (name: string) => within(screen.getByRole("article", { name }));

test("held-out prompts are offered, and both sides answer the one that is asked", async () => {
  const asked: InferenceRequest[] = [];
  server.use(
    http.post(at("models/inference"), async ({ request }) => {
      const body = (await request.json()) as InferenceRequest;
      asked.push(body);
      const base = { ...details, type: "none" as const, warnings: [] };
      return HttpResponse.json(body.adapter_name ? answered("Roger.", details) : answered("Hello.", base));
    }),
  );
  const router = showPage(<ComparePage />, "/compare");
  await userEvent.click(await screen.findByRole("button", { name: "Where?" }));
  expect(screen.getByText("In the data the answer is: Here.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));

  await side("Answer of the adapter").findByText("Roger.");
  expect(side("Answer of the base model").getByText("Hello.")).toBeTruthy();
  expect(asked).toEqual([
    { prompt: "Where?", model_name: "tiny", temperature: 0, max_tokens: 100 },
    { prompt: "Where?", model_name: "tiny", adapter_name: "voice", temperature: 0, max_tokens: 100 },
  ]);
  const shown = side("Answer of the adapter").getByLabelText("Details").querySelectorAll("dd");
  expect([...shown].map(({ textContent }) => textContent)).toEqual([
    "best",
    "DoRA",
    "8",
    "256",
    "×32.0",
    "every linear module",
    "0",
    "2 of 4",
    "no",
    "tiny",
  ]);
  expect(side("Answer of the adapter").getByText("The adapter covers only 2 of 4 layers.")).toBeTruthy();
  expect(side("Answer of the adapter").getByText(/cut off at the length given/)).toBeTruthy();
  expect(new URLSearchParams(router.state.location.search).get("prompt")).toBe("Where?");
});

test("whole weights show no rank, no scale and no keys", async () => {
  const none = { rank: null, alpha: null, scale: null, dropout: null, keys: null };
  server.use(
    http.post(at("models/inference"), () =>
      HttpResponse.json(answered("Roger.", { ...details, ...none, method: "full", num_layers: -1 })),
    ),
  );
  showPage(<ComparePage />, "/compare");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await side("Answer of the adapter").findByText("Roger.");
  const shown = side("Answer of the adapter").getByLabelText("Details").querySelectorAll("dd");
  expect([...shown].map(({ textContent }) => textContent)).toEqual([
    "best",
    "full fine-tuning",
    "All (4)",
    "no",
    "tiny",
  ]);
});

test("an error stands in the column that it belongs to", async () => {
  server.use(
    http.post(at("models/inference"), async ({ request }) =>
      ((await request.json()) as InferenceRequest).adapter_name
        ? HttpResponse.json(
            { detail: "The adapter 'voice' was made on 'other'.", code: "wrong_base" },
            { status: 400 },
          )
        : HttpResponse.json(answered("Hello.", { ...details, type: "none" })),
    ),
  );
  showPage(<ComparePage />, "/compare");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await side("Answer of the adapter").findByText("The adapter 'voice' was made on 'other'.");
  expect(side("Answer of the base model").getByText("Hello.")).toBeTruthy();
  expect(side("Answer of the base model").queryByRole("alert")).toBeNull();
});

import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import type { DataStatistics, RowRequest, StatisticsRequest, Token, TokenView } from "../../../api";
import { dataset } from "../../../test/imports";
import { showPage } from "../../../test/page";
import { startServerDouble } from "../../../test/server";
import { DatasetPage } from "./DatasetPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

const token = (text: string, marks: Partial<Token> = {}): Token => ({
  id: 7,
  text,
  bytes: null,
  special: false,
  loss: false,
  ...marks,
});
const view: TokenView = {
  row: 0,
  total_rows: 40,
  line: 1,
  tokens: [
    token("<s>", { special: true }),
    token("Wo"),
    token("", { bytes: "f09f" }),
    token("⛵", { loss: true }),
    token(" cut", { loss: true }),
  ],
  full_length: 6,
  shown: 5,
  cut_at: 4,
  loss_tokens: 1,
  template: "The model's chat template.",
  note: null,
};

function show(search = "") {
  return showPage(
    <Routes>
      <Route path="/data/:name" element={<DatasetPage />} />
      <Route path="*" element={<p>elsewhere</p>} />
    </Routes>,
    `/data/harbour${search}`,
  );
}

let asked: RowRequest[] = [];

function answer(with_: Partial<TokenView>) {
  server.use(
    http.post(at("tokens/view"), async ({ request }) => {
      asked.push((await request.json()) as RowRequest);
      return HttpResponse.json({ ...view, ...with_ });
    }),
  );
}

beforeEach(() => {
  asked = [];
  window.matchMedia = (query) =>
    ({ matches: true, media: query, addEventListener() {}, removeEventListener() {} }) as never;
  server.use(
    http.get(at("datasets/harbour"), () => HttpResponse.json(dataset)),
    http.get(at("models"), () =>
      HttpResponse.json([
        { name: "broken", problem: "no weights" },
        { name: "tiny", problem: null, context_length: 512, has_chat_template: true },
      ]),
    ),
    http.get(at("datasets/harbour/preview"), ({ request }) => {
      const offset = Number(new URL(request.url).searchParams.get("offset"));
      const row = { messages: [{ role: "user", content: `Frage ${offset}` }] };
      return HttpResponse.json({
        name: "harbour",
        split: "train",
        total: 40,
        rows: [{ row, prompt: null, answer: null }],
      });
    }),
  );
  answer({});
});

test("it says what it is and what was done to it, and leads on to Setup", async () => {
  show();
  await screen.findByText("Question from frage, answer from antwort.");
  screen.getByText(/SHA-256 a{64}/);
  const train = screen.getByRole("link", { name: "Train on this" });
  expect(train.getAttribute("href")).toBe("/setup?data=harbour");
});

test("rows are paged, and the address says which page", async () => {
  const router = show("?page=2");
  await screen.findByText("Frage 20");
  await userEvent.click(screen.getByRole("button", { name: "Previous" }));
  await screen.findByText("Frage 0");
  expect(router.state.location.search).toBe("");
});

test("tokens are asked for as the address says, else as a run would begin", async () => {
  show("?view=tokens&split=valid&row=3&loss=answers&turns=last&length=64");
  await screen.findByRole("region", { name: "Tokens" });
  expect(asked.at(-1)).toEqual({
    model_name: "tiny",
    data: "harbour",
    split: "valid",
    row: 2,
    max_seq_length: 64,
    mask_prompt: true,
    train_on_turns: "last",
  });
  asked = [];
  show("?view=tokens");
  await waitFor(() =>
    expect(asked.at(-1)).toMatchObject({ split: "train", row: 0, max_seq_length: 512, mask_prompt: false }),
  );
});

test("loss, special tokens, parts of a character and the cut are told apart without colour", async () => {
  show("?view=tokens");
  const tokens = await screen.findByRole("region", { name: "Tokens" });
  expect(
    [...tokens.querySelectorAll("[title]")].map((each) => [each.textContent, each.getAttribute("title")]),
  ).toEqual([
    ["<s>", "token 1, id 7, a special token"],
    ["Wo", "token 2, id 7"],
    ["f09f", "token 3, id 7, a part of a character"],
    ["⛵", "token 4, id 7, carries loss"],
    ["·cut", "token 5, id 7, cut off"],
  ]);
  within(tokens).getByText("cut here, after 4 tokens");
  within(tokens).getByText("1 more token not shown here.");
});

test("arrows step through the rows, but not where somebody writes", async () => {
  const user = userEvent.setup();
  const router = show("?view=tokens&row=39");
  await screen.findByRole("region", { name: "Tokens" });
  await user.keyboard("{ArrowRight}{ArrowRight}{ArrowRight}");
  await waitFor(() => expect(router.state.location.search).toBe("?view=tokens&row=40"));
  await user.click(screen.getByLabelText("Longest sequence"));
  await user.keyboard("{ArrowLeft}");
  expect(router.state.location.search).toBe("?view=tokens&row=40");
  await user.clear(screen.getByLabelText("Row"));
  await user.type(screen.getByLabelText("Row"), "7{Enter}");
  await waitFor(() => expect(asked.at(-1)?.row).toBe(6));
});

test("a row of 30,000 tokens is shown in parts", async () => {
  const tokens = Array.from({ length: 30_000 }, (_, index) => token(`t${index} `));
  answer({ tokens, full_length: 30_000, shown: 30_000, cut_at: null });
  show("?view=tokens&part=20");
  const shown = await screen.findByRole("region", { name: "Tokens" });
  expect(shown.querySelectorAll("[title]")).toHaveLength(1500);
  within(shown).getByText("t29999·");
  screen.getByText("28,501 to 30,000 of 30,000");
});

test("a length that is no length is said at its field, and not asked for", async () => {
  const user = userEvent.setup();
  show("?view=tokens");
  await screen.findByRole("region", { name: "Tokens" });
  await user.type(screen.getByLabelText("Longest sequence"), "1");
  await screen.findByText("A whole number from 2 to 1,048,576.");
  await new Promise((typingPaused) => setTimeout(typingPaused, 400));
  expect(asked.map(({ max_seq_length }) => max_seq_length)).toEqual([512]);
});

const statistics: DataStatistics = {
  splits: {
    train: {
      rows: 40,
      tokens: 4000,
      loss_tokens: 900,
      shortest: 5,
      median: 90,
      p95: 200,
      p99: 220,
      longest: 300,
      truncated: 3,
      without_loss: 1,
      histogram: [
        { from_tokens: 1, to_tokens: 100, rows: 30 },
        { from_tokens: 101, to_tokens: 300, rows: 10 },
      ],
    },
  },
  padding_percent: 12.5,
  batches_per_epoch: 10,
  iterations_per_epoch: 10,
  tokens_per_epoch: 3900,
  loss_tokens_per_epoch: 850,
  sampled: false,
  sampled_rows: {},
};

test("statistics count what an epoch comes to, and epochs become iterations before one's eyes", async () => {
  let wanted: StatisticsRequest | undefined;
  server.use(
    http.post(at("tokens/statistics"), async ({ request }) => {
      wanted = (await request.json()) as StatisticsRequest;
      return HttpResponse.json(statistics);
    }),
  );
  const user = userEvent.setup();
  show("?view=statistics&batch=4&length=200");
  await screen.findByText("3 rows of 40 are longer than 200 tokens and will be cut there.");
  expect(wanted).toEqual({
    model_name: "tiny",
    data: "harbour",
    max_seq_length: 200,
    batch_size: 4,
    mask_prompt: false,
    train_on_turns: "all",
  });
  screen.getByText("1 row has no token that carries loss, and is left out.");
  await user.type(screen.getByLabelText("Epochs"), "7");
  const name = await screen.findByText("Iterations for 7 epochs");
  expect(name.nextSibling?.textContent).toBe("70");
  screen.getByText("12.5%");
});

test("a split without rows is not offered", async () => {
  server.use(http.get(at("datasets/harbour"), () => HttpResponse.json({ ...dataset, rows: { train: 1 } })));
  show();
  await screen.findByRole("radio", { name: "train 1" });
  expect(screen.queryByRole("radio", { name: /validation/ })).toBeNull();
});

test("a set that cannot be used says why instead of its rows", async () => {
  server.use(
    http.get(at("datasets/harbour"), () =>
      HttpResponse.json({ ...dataset, problem: "line 2: not valid JSON" }),
    ),
  );
  show();
  expect((await screen.findByRole("alert")).textContent).toContain("line 2: not valid JSON");
  expect(screen.queryByRole("radio", { name: "Rows" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Train on this" })).toBeNull();
});

test("rows that fine-tuning does not read lead to no run, and it is said why", async () => {
  server.use(http.get(at("datasets/harbour"), () => HttpResponse.json({ ...dataset, format: "preference" })));
  show();
  await screen.findByText(/kept for training on preferences/);
  expect(screen.queryByRole("link", { name: "Train on this" })).toBeNull();
});

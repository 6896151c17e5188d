import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { CompareRequest, NewVote, VoteTally } from "../../../api";
import { adapterDetails, answered, baseDetails } from "../../../test/answers";
import { EventStream } from "../../../test/events";
import { showPage } from "../../../test/page";
import { startServerDouble } from "../../../test/server";
import { BlindPage } from "./BlindPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

const noVotes: VoteTally = {
  model: "tiny",
  votes: 0,
  ties: 0,
  both_bad: 0,
  contestants: [],
  pairs: [],
  preference_pairs: 0,
  pairs_left_out: 0,
  unreadable_lines: [],
};
let texts: string[];
let tally: VoteTally;
let cast: NewVote[];
let diskIsFull: boolean;

beforeEach(() => {
  texts = ["From the base.", "Over."];
  tally = noVotes;
  cast = [];
  diskIsFull = false;
  const adapter = { name: "voice", model_name: "tiny", has_best: true, checkpoints: [], created_at: 1 };
  server.use(
    http.get(at("models"), () => HttpResponse.json([{ name: "tiny", path: "/models/tiny", problem: null }])),
    http.get(at("adapters"), () => HttpResponse.json([{ ...adapter, session_id: null, problem: null }])),
    http.get(at("datasets"), () => HttpResponse.json([])),
    http.get(at("votes"), () => HttpResponse.json([])),
    http.get(at("votes/tally"), () => HttpResponse.json(tally)),
    http.post(at("models/compare"), () => {
      const stream = new EventStream();
      for (const [column, details] of [baseDetails, adapterDetails].entries()) {
        stream.send({ type: "finished", column, answer: answered(texts[column] ?? "", details) });
      }
      stream.end();
      return stream.response;
    }),
    http.post(at("votes"), async ({ request }) => {
      if (diskIsFull) {
        return HttpResponse.json({ detail: "The disk is full.", code: "no_room" }, { status: 507 });
      }
      const vote = (await request.json()) as NewVote;
      cast.push(vote);
      return HttpResponse.json({ ...vote, id: "1", time: 1, type: "vote" }, { status: 201 });
    }),
  );
});

async function begin() {
  await userEvent.type(await screen.findByLabelText("Prompt"), "1?");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(voteBar()).toBeTruthy());
}

const voteBar = () => document.querySelector("fieldset");

async function allShown() {
  await waitFor(() => expect(voteBar()?.disabled).toBe(false));
}

test("rows that come late do not change the question that somebody is in", async () => {
  let arrive = () => {};
  const late = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const rows = [{ row: {}, prompt: "Where?", answer: "Here." }];
  server.use(
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "rows", rows: { test: 1 }, examples: ["Who?"], suggested: {}, problem: null },
      ]),
    ),
    http.get(at("datasets/rows/preview"), async () => {
      await late;
      return HttpResponse.json({ name: "rows", split: "test", total: 1, rows });
    }),
  );
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  const field = await screen.findByLabelText("Prompt");
  expect(field).toHaveProperty("value", "Who?");
  await userEvent.click(field);
  arrive();
  await screen.findByTitle("2 prompts to draw from");
  expect(field).toHaveProperty("value", "Who?");
});

test("what is typed is asked at once, also what is too long for the address, and still stands there after the round", async () => {
  const asked: CompareRequest[] = [];
  server.use(
    http.post(at("models/compare"), async ({ request }) => {
      asked.push((await request.json()) as CompareRequest);
      return HttpResponse.json({ detail: "No room.", code: "no_room" }, { status: 409 });
    }),
  );
  const router = showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice&prompt=Who");
  const field = async (label: string) => (await screen.findByLabelText(label)) as HTMLTextAreaElement;
  const long = "Be brief. ".repeat(150);
  const [system, length] = [await field("System prompt"), await field("Length")];
  fireEvent.change(system, { target: { value: long } });
  fireEvent.change(length, { target: { value: "3" } });
  fireEvent.keyDown(window, { key: "Enter", ctrlKey: true });
  await screen.findByRole("alert");
  expect(asked).toMatchObject([{ max_tokens: 3, system_prompt: long, prompt: "Who" }]);
  expect([(await field("System prompt")).value, (await field("Length")).value]).toEqual([long, "3"]);
  await waitFor(() =>
    expect(router.state.location.search).toBe("?base=tiny&adapter=voice&prompt=Who&tokens=3"),
  );
  await act(() => router.navigate("/compare/blind?adapter=voice"));
  expect([(await field("System prompt")).value, (await field("Length")).value]).toEqual(["", "200"]);
});

test("keys typed into the prompt are no votes, and neither are keys before all answers stand there", async () => {
  texts = ["a".repeat(60), "b".repeat(600)];
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await begin();
  await userEvent.keyboard("1");
  expect(voteBar()?.disabled).toBe(true);
  await userEvent.keyboard("{Enter}");
  await allShown();
  expect(cast).toEqual([]);
  await userEvent.keyboard("1");
  await screen.findByText(/^You chose A\./);
  expect(cast.map(({ prompt, outcome, order }) => [prompt, outcome === order[0]])).toEqual([["1?", true]]);
});

test("a vote that could not be kept gives nothing away, and can be cast again", async () => {
  diskIsFull = true;
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await begin();
  await userEvent.keyboard("{Enter}");
  await allShown();
  await userEvent.keyboard("0");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The vote was not kept; choose againThe disk is full.");
  expect(document.body.textContent).not.toContain("voice");
  diskIsFull = false;
  await allShown();
  await userEvent.keyboard("0");
  await screen.findByText(/^You found both bad\./);
  expect(cast.map(({ outcome }) => outcome)).toEqual(["both_bad"]);
});

test("answers that all read the same are said to, and Escape leads back to the prompt", async () => {
  texts = ["The same.", "The same."];
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await begin();
  await userEvent.keyboard("{Enter}");
  await screen.findByText(/^All answers read the same\./);
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Prompt")));
  expect(screen.getByLabelText<HTMLTextAreaElement>("Prompt").value).toBe("1?");
  expect(cast).toEqual([]);
});

test("choosing one of equal answers counts as a tie, and is said to", async () => {
  texts = ["The same.", "The same. "];
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await begin();
  await userEvent.keyboard("{Enter}");
  await screen.findByText(/^All answers read the same\./);
  await userEvent.keyboard("1");
  await screen.findByText(/^You chose A\. The answers are the same, so that it counts as a tie\./);
});

test("a refused round says why, and can be tried again", async () => {
  server.use(
    http.post(
      at("models/compare"),
      () =>
        HttpResponse.json({ detail: "There is no room for the model.", code: "no_room" }, { status: 409 }),
      { once: true },
    ),
  );
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await userEvent.type(await screen.findByLabelText("Prompt"), "Who?");
  await userEvent.click(screen.getByRole("button", { name: "Start the round" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("There is no room for the model.");
  await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(voteBar()).toBeTruthy());
});

test("u asks before the last vote is taken back, but is a letter in the prompt", async () => {
  const vote = {
    id: "9",
    time: 1,
    model: "tiny",
    outcome: "tie",
    candidates: [{ type: "none" }, { type: "best" }],
  };
  const takenBack: unknown[] = [];
  tally = { ...noVotes, votes: 1, ties: 1 };
  server.use(
    http.get(at("votes"), () => HttpResponse.json([vote])),
    http.delete(at("votes/:id"), ({ params }) => {
      takenBack.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  await screen.findByRole("button", { name: "Take it back" });
  await userEvent.type(screen.getByLabelText("Prompt"), "u");
  expect(screen.queryByRole("alertdialog")).toBeNull();
  await userEvent.click(document.body);
  await userEvent.keyboard("u");
  await userEvent.click(
    within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Keep it" }),
  );
  expect(takenBack).toEqual([]);
  await userEvent.keyboard("u");
  const dialog = within(await screen.findByRole("alertdialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Take it back" }));
  await waitFor(() => expect(takenBack).toEqual(["9"]));
});

test("the tally tells adapters of one name apart, and says what it could not read", async () => {
  const score = {
    decided: 12,
    losses: 2,
    ties: 0,
    even_rate: 0.5,
    more_votes: 0,
    both_bad: 0,
    last_vote_at: 1,
  };
  const contestant = (content_hash: string, standing: "better" | "worse", wins: number) => ({
    ...score,
    wins,
    rate: wins / 12,
    low: 0.1,
    high: 0.9,
    standing,
    id: content_hash,
    weights: { adapter_name: "voice", type: "best" as const, content_hash },
  });
  tally = {
    ...noVotes,
    votes: 12,
    contestants: [contestant("aaaaaaaa11", "better", 10), contestant("bbbbbbbb22", "worse", 2)],
    preference_pairs: 3,
    pairs_left_out: 1,
    unreadable_lines: [4, 9],
  };
  showPage(<BlindPage />, "/compare/blind?base=tiny&adapter=voice");
  const shown = within(await screen.findByRole("region", { name: "Tally" }));
  const rows = (await shown.findAllByRole("listitem")).map(({ textContent }) => textContent);
  expect(rows[0]).toContain("best aaaaaaaa");
  expect(rows[0]).toContain("Settled: better");
  expect(rows[1]).toContain("best bbbbbbbb");
  expect(rows[1]).toContain("Settled: worse");
  expect(shown.getByRole("img", { name: "Win rate 83% (10–90%); 50% would be even" })).toBeTruthy();
  expect(shown.getByRole("status").textContent).toBe(
    "2 lines of artifacts/votes/tiny.jsonl cannot be read and counts for nothing: 4, 9.",
  );
  const download = shown.getByRole("link", { name: "Download 3 preference pairs" });
  expect(download.getAttribute("href")).toBe("/api/votes/preferences?model=tiny");
  expect(download.title).toContain("1 pair with equal or empty texts left out");
});

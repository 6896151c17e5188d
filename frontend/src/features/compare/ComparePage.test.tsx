import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import type { Adapter, CompareRequest, InferenceStatus, VerifyRequest } from "../../api";
import { adapterDetails, answered, baseDetails, started } from "../../test/answers";
import { EventStream } from "../../test/events";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { ComparePage } from "./ComparePage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;

const adapter = (name: string, model_name: string, more: Partial<Adapter> = {}) => ({
  name,
  model_name,
  session_id: null,
  created_at: 1,
  problem: null,
  has_best: true,
  checkpoints: [30, 60],
  ...more,
});
const unloaded: InferenceStatus = {
  state: "unloaded",
  model_name: null,
  memory_bytes: null,
  rows: 0,
  waiting: 0,
  adapters: 0,
  unloads_at: null,
  last_unload: "Nobody asked for 10 minutes.",
};
let asked: CompareRequest[];
let streams: EventStream[];
let status: InferenceStatus;

beforeEach(() => {
  asked = [];
  streams = [];
  status = unloaded;
  server.use(
    http.get(at("models"), () => HttpResponse.json([{ name: "tiny", path: "/models/tiny", problem: null }])),
    http.get(at("adapters"), () =>
      HttpResponse.json([
        adapter("voice", "tiny", { created_at: 2 }),
        adapter("plain", "tiny"),
        adapter("far", "big"),
      ]),
    ),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "rows", rows: { test: 2 }, examples: ["Who are you?"], suggested: {}, problem: null },
      ]),
    ),
    http.get(at("datasets/rows/preview"), () =>
      HttpResponse.json({
        name: "rows",
        split: "test",
        total: 2,
        rows: [
          { row: {}, prompt: "Where?", answer: "Here." },
          { row: {}, prompt: "When?", answer: "Now." },
        ],
      }),
    ),
    http.get(at("inference"), () => HttpResponse.json(status)),
    http.get(at("training/status"), () => HttpResponse.json({ running: null, queue: [] })),
    http.post(at("models/compare"), async ({ request }) => {
      asked.push((await request.json()) as CompareRequest);
      const stream = new EventStream();
      streams.push(stream);
      return stream.response;
    }),
  );
});

const base = () => within(screen.getByRole("article", { name: "Answer of the base model" }));
const column = (name: string) => within(screen.getByRole("article", { name: `Answer of ${name}` }));
const addressOf = (router: ReturnType<typeof showPage>) => new URLSearchParams(router.state.location.search);

async function stream(index: number): Promise<EventStream> {
  await waitFor(() => expect(streams.length).toBeGreaterThan(index));
  const found = streams[index];
  if (!found) throw new Error("there is no such call");
  return found;
}

async function answer(index: number, texts: string[]) {
  const open = await stream(index);
  texts.forEach((text, place) => {
    open.send(started(place, `${index}-${place}`, place === 0 ? baseDetails : adapterDetails));
    open.send({
      type: "finished",
      column: place,
      answer: answered(text, place === 0 ? baseDetails : adapterDetails),
    });
  });
  open.end();
}

function serveTwoBases() {
  const models = ["tiny", "big"].map((name) => ({ name, path: `/models/${name}`, problem: null }));
  server.use(http.get(at("models"), () => HttpResponse.json(models)));
}

async function chooseBase(name: string) {
  await userEvent.click(await screen.findByRole("combobox", { name: "Base model" }));
  await userEvent.click(await screen.findByRole("option", { name }));
}

test("an example that comes late does not change the field that somebody is in", async () => {
  let arrive = () => {};
  const rows = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  server.use(
    http.get(at("datasets"), () =>
      HttpResponse.json([{ name: "rows", rows: { test: 1 }, examples: [], suggested: {}, problem: null }]),
    ),
    http.get(at("datasets/rows/preview"), async () => {
      await rows;
      const row = { row: {}, prompt: "Where?", answer: "Here." };
      return HttpResponse.json({ name: "rows", split: "test", total: 1, rows: [row] });
    }),
  );
  showPage(<ComparePage />, "/compare?adapter=voice");
  const field = await screen.findByLabelText("Prompt");
  await userEvent.click(field);
  arrive();
  await screen.findByRole("button", { name: "Where?" });
  expect(field).toHaveProperty("value", "");
  await userEvent.tab();
  expect(field).toHaveProperty("value", "Where?");
});

test("base and adapters are asked in one call, stream, and the address says what was asked", async () => {
  const router = showPage(
    <ComparePage />,
    "/compare?adapter=voice@60&adapter=plain&temperature=0.7&stop=%23",
  );
  await userEvent.click(await screen.findByRole("button", { name: "Where?" }));
  expect(screen.getByText("In the data the answer is: Here.")).toBeTruthy();
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  const call = await stream(0);
  expect(asked[0]).toMatchObject({
    model_name: "tiny",
    prompt: "Where?",
    temperature: 0.7,
    max_tokens: 200,
    stop: ["#"],
    columns: [
      { history: [] },
      { adapter_name: "voice", adapter_file: 60, history: [] },
      { adapter_name: "plain", adapter_file: null, history: [] },
    ],
  });
  expect(base().getByText("Waiting …")).toBeTruthy();
  call.send(started(1, "b"));
  call.send({ type: "text", column: 1, text: "Roger, here", thinking: "Let me see." });
  await column("voice, step 60").findByText("Roger, here");
  expect(column("voice, step 60").getByText("Let me see.")).toBeTruthy();
  call.send({
    type: "finished",
    column: 1,
    answer: { ...answered("Roger, here."), finish_reason: "length" },
  });
  call.send({ type: "failed", column: 2, detail: "The file is cut off.", code: "broken" });
  call.send({ type: "finished", column: 0, answer: answered("", baseDetails) });
  call.end();
  await base().findByText("The answer is empty: the model ended at once.");
  expect(column("plain, best").getByRole("alert").textContent).toContain("The file is cut off.");
  expect(column("voice, step 60").getByText("cut off at the length given")).toBeTruthy();
  expect(column("voice, step 60").getByText("38.2 tok/s")).toBeTruthy();
  expect(column("voice, step 60").getByText("42 ms")).toBeTruthy();
  expect(addressOf(router).get("prompt")).toBe("Where?");
  expect(addressOf(router).getAll("adapter")).toEqual(["voice@60", "plain"]);
});

test("an adapter of another base is not asked, and says why; the others answer", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&adapter=far");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  expect(asked[0]?.columns.map(({ adapter_name }) => adapter_name)).toEqual([undefined, "voice"]);
  expect(column("far, best").getByText("It was trained on big, and cannot answer on tiny.")).toBeTruthy();
});

test("columns are added, changed and taken off in the address", async () => {
  const router = showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  const add = async (name: RegExp) => {
    await userEvent.click(await screen.findByRole("button", { name: "Add column" }));
    await userEvent.click(await screen.findByRole("menuitem", { name }));
  };
  await screen.findByRole("button", { name: "Add column" });
  await add(/voice/);
  expect(addressOf(router).getAll("adapter")).toEqual(["voice", "voice@latest"]);
  await userEvent.click(screen.getByRole("button", { name: "Remove the column of voice, best" }));
  await userEvent.click(screen.getByRole("button", { name: "Remove the column of tiny, base model" }));
  expect([addressOf(router).get("without"), addressOf(router).getAll("adapter")]).toEqual([
    "base",
    ["voice@latest"],
  ]);
  expect(screen.queryByRole("button", { name: /Remove the column/ })).toBeNull();
  await add(/base model/);
  expect(addressOf(router).get("without")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Add column" }));
  const far = await screen.findByRole("menuitem", { name: /far/ });
  expect([far.getAttribute("aria-disabled"), far.textContent]).toEqual([
    "true",
    "farIt was trained on big, and cannot answer on tiny.",
  ]);
});

test("words that differ from the base are marked on demand, and their share is told", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["I am here.", "Roger. I am there."]);
  await column("voice, best").findByText("Roger. I am there.");
  expect(document.querySelectorAll("mark")).toHaveLength(0);
  await userEvent.click(screen.getByRole("switch", { name: "Mark what differs from the base" }));
  expect([...document.querySelectorAll("mark")].map(({ textContent }) => textContent)).toEqual([
    "Roger",
    "there",
  ]);
  expect(column("voice, best").getByText(/of the words are equal/).textContent).toBe(
    "57.1% of the words are equal",
  );
  expect(base().queryByText(/of the words/)).toBeNull();
});

test("a conversation goes on in every column from what it said itself, is cleared and brought back", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  await userEvent.type(screen.getByLabelText("Prompt"), "And then?");
  await userEvent.click(await screen.findByRole("button", { name: "Go on" }));
  await answer(1, ["Nothing.", "Over."]);
  await column("voice, best").findByText("Over.");
  const first = { role: "user", content: "Who are you?" };
  expect(asked[1]?.columns.map(({ history }) => history)).toEqual([
    [first, { role: "assistant", content: "Hello." }],
    [first, { role: "assistant", content: "Roger." }],
  ]);

  await userEvent.click(screen.getByRole("button", { name: "Ask again" }));
  await answer(2, ["Nothing more.", "Out."]);
  await column("voice, best").findByText("Out.");
  expect(asked[2]).toEqual(asked[1]);
  expect(column("voice, best").queryByText("Over.")).toBeNull();

  await userEvent.click(screen.getByRole("button", { name: "Clear" }));
  expect(column("voice, best").getByText("Not asked yet.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Bring back" }));
  expect(column("voice, best").getByText("Roger.")).toBeTruthy();
  expect(column("voice, best").getByText("Out.")).toBeTruthy();
});

test("a conversation survives a reload, with what had come of the answer under way, and goes on from it", async () => {
  const router = showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  await userEvent.type(screen.getByLabelText("Prompt"), "And then?");
  await userEvent.click(screen.getByRole("button", { name: "Go on" }));
  const second = await stream(1);
  second.send(started(1, "b"));
  second.send({ type: "text", column: 1, text: "Over an", thinking: "" });
  await column("voice, best").findByText("Over an");
  expect(addressOf(router).get("prompt")).toBe("Who are you?");

  const address = router.state.location.search;
  cleanup();
  showPage(<ComparePage />, `/compare${address}`);
  await waitFor(() => expect(column("voice, best").getByText("Over an")).toBeTruthy());
  expect(column("voice, best").getByText("Roger.")).toBeTruthy();
  const prompt = screen.getByLabelText("Prompt") as HTMLTextAreaElement;
  expect(prompt.value).toBe("");
  await userEvent.type(prompt, "Well?");
  await userEvent.click(screen.getByRole("button", { name: "Go on" }));
  await stream(2);
  expect(asked[2]?.columns.map(({ history }) => history?.map(({ content }) => content))).toEqual([
    ["Who are you?", "Hello."],
    ["Who are you?", "Roger.", "And then?", "Over an"],
  ]);

  cleanup();
  showPage(<ComparePage />, "/compare?base=tiny&adapter=plain&mode=conversation");
  await waitFor(() => expect(column("plain, best").getByText("Not asked yet.")).toBeTruthy());
});

test("what one base said stands under it alone: another has its own history, and it is there again with the first", async () => {
  serveTwoBases();
  showPage(<ComparePage />, "/compare?base=tiny&adapter=&mode=conversation");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["From tiny."]);
  await base().findByText("From tiny.");
  await chooseBase("big");
  await base().findByText("Not asked this.");
  expect(base().queryByText("From tiny.")).toBeNull();
  await userEvent.type(screen.getByLabelText("Prompt"), "And you?");
  await userEvent.click(screen.getByRole("button", { name: "Go on" }));
  await answer(1, ["From big."]);
  await base().findByText("From big.");
  expect(asked[1]).toMatchObject({ model_name: "big", prompt: "And you?", columns: [{ history: [] }] });
  await chooseBase("tiny");
  await base().findByText("From tiny.");
  expect(base().queryByText("From big.")).toBeNull();
});

test("a conversation outlives a visit to the other ways to ask, and so does what was asked there", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  const choose = (name: string) => userEvent.click(screen.getByRole("radio", { name }));
  const prompt = () => screen.getByLabelText<HTMLTextAreaElement>("Prompt").value;
  await userEvent.click(await screen.findByRole("button", { name: "Where?" }));
  await choose("Conversation");
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  await userEvent.type(screen.getByLabelText("Prompt"), "And th");

  await choose("One prompt");
  expect(column("voice, best").getByText("Not asked yet.")).toBeTruthy();
  expect(prompt()).toBe("Where?");
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  await answer(1, ["There.", "Here, over."]);
  await column("voice, best").findByText("Here, over.");

  await choose("Several prompts");
  await choose("Conversation");
  expect(column("voice, best").getByText("Roger.")).toBeTruthy();
  expect(column("voice, best").queryByText("Here, over.")).toBeNull();
  expect(prompt()).toBe("And th");
  await choose("One prompt");
  expect(column("voice, best").getByText("Here, over.")).toBeTruthy();

  cleanup();
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  await waitFor(() => expect(column("voice, best").getByText("Roger.")).toBeTruthy());
});

test("a reload finds a conversation whatever else was set since: it is kept by base and columns", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation&temperature=0.7");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  cleanup();
  showPage(
    <ComparePage />,
    "/compare?base=tiny&adapter=voice&mode=conversation&temperature=1&count=20&data=rows",
  );
  await waitFor(() => expect(column("voice, best").getByText("Roger.")).toBeTruthy());
});

test("a page that has no room for its conversation warns before it is left", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await column("voice, best").findByText("Roger.");
  const leave = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(leave()).toBe(false);
  vi.stubGlobal("sessionStorage", {
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
    clear: () => {},
  });
  expect(leave()).toBe(true);
  cleanup();
  vi.unstubAllGlobals();
});

test("in a conversation the prompt stands after the columns, else before them", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  const promptIsAfter = () => {
    const order = screen.getByRole("article", { name: "Answer of voice, best" });
    return Boolean(order.compareDocumentPosition(screen.getByLabelText("Prompt")) & 4);
  };
  await screen.findByLabelText("Prompt");
  expect(promptIsAfter()).toBe(true);
  await userEvent.click(screen.getByRole("radio", { name: "One prompt" }));
  expect(promptIsAfter()).toBe(false);
});

test("who asks before the examples have come is answered on the first of them", async () => {
  let come = () => {};
  const coming = new Promise<void>((resolve) => {
    come = resolve;
  });
  server.use(
    http.get(at("datasets"), () =>
      HttpResponse.json([{ name: "rows", rows: { test: 2 }, examples: [], suggested: {}, problem: null }]),
    ),
    http.get(at("datasets/rows/preview"), async () => {
      await coming;
      const rows = [{ row: {}, prompt: "Where?", answer: "Here." }];
      return HttpResponse.json({ name: "rows", split: "test", total: 1, rows });
    }),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  await screen.findByLabelText("Prompt");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  expect(screen.getByText("It is asked as soon as the first example is there.")).toBeTruthy();
  expect(screen.queryByText("Write what the models are to answer.")).toBeNull();
  come();
  await stream(0);
  expect(asked.map(({ prompt }) => prompt)).toEqual(["Where?"]);
});

test("Escape stops all, and one column can be stopped alone", async () => {
  const stopped: unknown[] = [];
  server.use(
    http.delete(at("inference/answers/:id"), ({ params }) => {
      stopped.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  const call = await stream(0);
  call.send(started(0, "a", baseDetails));
  call.send(started(1, "b"));
  await userEvent.click(await screen.findByRole("button", { name: "Stop voice, best" }));
  await waitFor(() => expect(stopped).toEqual(["b"]));
  call.send({ type: "finished", column: 1, answer: { ...answered("Rog"), finish_reason: "cancelled" } });
  await column("voice, best").findByText("stopped");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(stopped).toEqual(["b", "a"]));
});

test("a refused question is said once, with nothing lost", async () => {
  server.use(
    http.post(at("models/compare"), () =>
      HttpResponse.json(
        { detail: "The prompt has 9,000 tokens; the model reads 2,048.", code: "too_long" },
        { status: 400 },
      ),
    ),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&prompt=Long");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The prompt has 9,000 tokens");
  expect((screen.getByLabelText("Prompt") as HTMLTextAreaElement).value).toBe("Long");
});

test("a question that cannot be asked takes neither what was said before nor what is typed", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=conversation");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await userEvent.type(screen.getByLabelText("Prompt"), "And then?");
  server.use(http.post(at("models/compare"), () => HttpResponse.error()));
  await userEvent.click(await screen.findByRole("button", { name: "Go on" }));
  await screen.findByText("Nothing was answered");
  expect(column("voice, best").getByText("Roger.")).toBeTruthy();
  const prompt = screen.getByLabelText("Prompt") as HTMLTextAreaElement;
  await waitFor(() => expect(prompt.value).toBe("And then?"));
});

test("prompts come from the data that the adapter was trained on, of its test split, once that is known", async () => {
  const split: string[] = [];
  let told: ((session: Response) => void) | undefined;
  server.use(
    http.get(at("adapters"), () => HttpResponse.json([adapter("voice", "tiny", { session_id: "run" })])),
    http.get(
      at("sessions/run"),
      () =>
        new Promise<Response>((tell) => {
          told = tell;
        }),
    ),
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "another", rows: { valid: 2 }, examples: [], suggested: {}, problem: null },
        { name: "rows", rows: { valid: 2, test: 2 }, examples: [], suggested: {}, problem: null },
      ]),
    ),
    http.get(at("datasets/:name/preview"), ({ request, params }) => {
      const wanted = new URL(request.url).searchParams.get("split");
      split.push(`${params.name} ${wanted}`);
      return HttpResponse.json({
        name: params.name,
        split: wanted,
        total: 1,
        rows: [{ row: {}, prompt: "Where?", answer: null }],
      });
    }),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=several");
  await screen.findByRole("button", { name: "Ask 0 prompts" });
  await waitFor(() => expect(told).toBeDefined());
  told?.(HttpResponse.json({ id: "run", data_name: "rows" }));
  await screen.findByRole("button", { name: "Ask 1 prompt" });
  expect(split).toEqual(["rows test"]);
});

test("an empty prompt and a wrong value are refused beside their fields, and nothing is asked", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&temperature=hot");
  await userEvent.clear(await screen.findByLabelText("Prompt"));
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  expect(screen.getByText("A number from 0 to 5.")).toBeTruthy();
  await userEvent.clear(screen.getByLabelText("Temperature"));
  await userEvent.type(screen.getByLabelText("Temperature"), "1");
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  expect(screen.getByText("Write what the models are to answer.")).toBeTruthy();
  expect(asked).toEqual([]);
});

test("the page says what is in memory, why it went, and unloads it", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  await screen.findByText("No model is in memory. Nobody asked for 10 minutes.");
  status = {
    ...unloaded,
    state: "idle",
    model_name: "tiny",
    memory_bytes: 14e6,
    adapters: 2,
    unloads_at: 1_800_000_000,
  };
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  await screen.findByText(
    /^tiny is in memory, 14 MB, with 2 adapters\. Unloads at \d\d:\d\d if not asked\.$/,
  );
  server.use(
    http.post(at("inference/unload"), () => {
      status = { ...unloaded, last_unload: "It was unloaded on request." };
      return HttpResponse.json(status);
    }),
  );
  await userEvent.click(screen.getByRole("button", { name: "Unload now" }));
  await screen.findByText("No model is in memory. It was unloaded on request.");
});

test("an adapter is proved on demand, and one that does nothing is no good news", async () => {
  const proved: VerifyRequest[] = [];
  server.use(
    http.post(at("models/verify"), async ({ request }) => {
      proved.push((await request.json()) as VerifyRequest);
      return HttpResponse.json({
        live: false,
        equals_stock: true,
        tokens: 40,
        max_difference_to_base: 0,
        mean_difference_to_base: 0,
        max_difference_to_stock: 1.2e-6,
        tolerance: 1e-4,
        changed_top_tokens: 0,
        verdict: "The adapter does nothing: every logit is that of the base.",
        notes: [],
        adapter_details: adapterDetails,
        seconds: 2,
      });
    }),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice@60");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  await answer(0, ["Hello.", "Roger."]);
  await userEvent.click(await screen.findByRole("button", { name: "Prove it" }));
  await screen.findByText("The adapter does nothing: every logit is that of the base.");
  expect(proved).toEqual([{ model_name: "tiny", adapter_name: "voice", adapter_file: 60 }]);
  const figures = [...screen.getByLabelText("Measured").querySelectorAll("dd")];
  expect(figures.map(({ textContent }) => textContent)).toEqual([
    "0",
    "0",
    "0 of 40",
    "1.20e-6, allowed 1.00e-4",
    "2.00 s",
  ]);
});

test("the prompts of a split are asked one after another, each of all columns, and stop keeps what there is", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=several");
  await userEvent.click(await screen.findByRole("button", { name: "Ask 2 prompts" }));
  await answer(0, ["There.", "Here."]);
  const second = await stream(1);
  expect(asked.map(({ prompt, columns }) => [prompt, columns.length])).toEqual([
    ["Where?", 2],
    ["When?", 2],
  ]);
  expect(screen.getByText("1 of 2")).toBeTruthy();
  second.send(started(0, "a", baseDetails));
  second.send({ type: "text", column: 0, text: "Soon", thinking: "" });
  await screen.findByText("Soon");
  await userEvent.keyboard("{Escape}");
  await screen.findByText(/^2 prompts answered in/);
  expect(screen.getByText("Soon")).toBeTruthy();
  expect(screen.getAllByText(/of the words as in the reference/)).toHaveLength(2);
});

test("rows that one base answered are not those of another, and nothing of them is exported under its name", async () => {
  serveTwoBases();
  showPage(<ComparePage />, "/compare?base=tiny&adapter=&mode=several");
  await userEvent.click(await screen.findByRole("button", { name: "Ask 2 prompts" }));
  await answer(0, ["There."]);
  await answer(1, ["Then."]);
  await screen.findByRole("button", { name: "CSV" });
  await chooseBase("big");
  await screen.findByText(/^No column that stands here was asked these prompts\./);
  expect(screen.getAllByText("Not asked yet.")).toHaveLength(2);
  expect(screen.queryByText("There.")).toBeNull();
  expect(screen.queryByRole("button", { name: "CSV" })).toBeNull();
  await chooseBase("tiny");
  await screen.findByText("There.");
  expect(screen.getByRole("button", { name: "CSV" })).toBeTruthy();
});

test("what is typed is asked at once, also what is too long for the address; a link to the page begins anew", async () => {
  const router = showPage(<ComparePage />, "/compare?base=tiny&adapter=voice");
  const long = "Be brief. ".repeat(150);
  fireEvent.change(await screen.findByLabelText("System prompt"), { target: { value: long } });
  fireEvent.change(screen.getByLabelText("Length"), { target: { value: "3" } });
  fireEvent.keyDown(window, { key: "Enter", ctrlKey: true });
  await stream(0);
  expect(asked[0]).toMatchObject({ max_tokens: 3, system_prompt: long });
  await waitFor(() => expect(addressOf(router).get("tokens")).toBe("3"));
  expect(addressOf(router).get("system")).toBeNull();
  expect((screen.getByLabelText("System prompt") as HTMLTextAreaElement).value).toBe(long);
  await act(() => router.navigate("/compare?adapter=plain"));
  expect((screen.getByLabelText("System prompt") as HTMLTextAreaElement).value).toBe("");
  expect(column("plain, best").getByText("Not asked this.")).toBeTruthy();
});

test("rows that were asked say what they are of once something else is chosen, which the address says", async () => {
  server.use(
    http.get(at("datasets"), () =>
      HttpResponse.json([
        { name: "rows", rows: { test: 2, train: 2 }, examples: [], suggested: {}, problem: null },
      ]),
    ),
  );
  const router = showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&mode=several&count=10");
  await userEvent.click(await screen.findByRole("button", { name: "Ask 2 prompts" }));
  await answer(0, ["There.", "Here."]);
  await answer(1, ["Then.", "Now."]);
  await screen.findByText(/^2 prompts answered in .* \(rows, test split\)$/);
  expect(screen.queryByText(/^These rows are/)).toBeNull();
  await act(() => router.navigate(`/compare${router.state.location.search}&split=train`));
  await screen.findByText(
    "These rows are the first 10 of rows, test split. Ask, to see the first 10 of rows, train split, in their place.",
  );
  expect(screen.getByText("There.")).toBeTruthy();
  await userEvent.click(screen.getByRole("combobox", { name: "Split" }));
  await userEvent.click(await screen.findByRole("option", { name: /^test/ }));
  expect([addressOf(router).get("split"), addressOf(router).get("count")]).toEqual(["test", "10"]);
  expect(screen.queryByText(/^These rows are/)).toBeNull();
});

test("a base that the library does not have is said so, with those it has, and unloads nothing", async () => {
  status = { ...unloaded, state: "idle", model_name: "tiny" };
  showPage(<ComparePage />, "/compare?base=nobase&adapter=voice");
  await waitFor(() =>
    expect(base().getByText("There is no model nobase in the library. It has tiny.")).toBeTruthy(),
  );
  await screen.findByText("tiny is in memory.");
  await userEvent.click(screen.getByRole("button", { name: "Compare answers" }));
  expect(screen.getByText("None of the columns can answer; each says why.")).toBeTruthy();
  expect(asked).toEqual([]);
});

test("what every column fails with is said once, what one fails with beside it", async () => {
  showPage(<ComparePage />, "/compare?base=tiny&adapter=voice&adapter=plain");
  await userEvent.click(await screen.findByRole("button", { name: "Compare answers" }));
  const detail = "The prompt has 9,000 tokens; the model reads 2,048.";
  const call = await stream(0);
  for (const place of [0, 1]) call.send({ type: "failed", column: place, detail, code: "too_long" });
  await column("voice, best").findByRole("alert");
  call.send({ type: "failed", column: 2, detail, code: "too_long" });
  call.end();
  await screen.findByText("No column could answer");
  expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining(detail),
  ]);
  expect(column("plain, best").getByText("No answer.")).toBeTruthy();
});

test("adapters are offered newest first, with when they were made", async () => {
  const now = Date.now() / 1000;
  server.use(
    http.get(at("adapters"), () =>
      HttpResponse.json([
        adapter("older", "tiny", { created_at: now - 1 }),
        adapter("newer", "tiny", { created_at: now }),
      ]),
    ),
  );
  showPage(<ComparePage />, "/compare?base=tiny&adapter=");
  await userEvent.click(await screen.findByRole("button", { name: "Add column" }));
  const offered = await screen.findAllByRole("menuitem");
  expect(offered.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^newermade today \d\d:\d\d$/),
    expect.stringMatching(/^oldermade today \d\d:\d\d$/),
  ]);
});

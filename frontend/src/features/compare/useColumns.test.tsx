import { act, renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import type { ReactNode } from "react";
import { beforeEach, expect, test } from "vitest";
import type { CompareRequest } from "../../api";
import { answered, baseDetails, started } from "../../test/answers";
import { EventStream } from "../../test/events";
import { WithStore } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { useColumns } from "./useColumns";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;
const request: CompareRequest = {
  model_name: "tiny",
  prompt: "Where?",
  columns: [{ adapter_name: null }, { adapter_name: "voice" }],
};
let stream: EventStream;
let hangUps: number;

beforeEach(() => {
  stream = new EventStream();
  hangUps = 0;
  server.use(
    http.post(at("models/compare"), ({ request }) => {
      request.signal.addEventListener("abort", () => hangUps++);
      return stream.response;
    }),
  );
});

function columnsOfPage() {
  const wrapper = ({ children }: { children: ReactNode }) => <WithStore>{children}</WithStore>;
  return renderHook(() => useColumns(), { wrapper }).result;
}

const shown = (page: { current: ReturnType<typeof useColumns> }) =>
  page.current.columns.map(({ status, text }) => [status, text]);

test("columns wait, stream as they come, and end with the whole answer", async () => {
  const page = columnsOfPage();
  let ended: unknown;
  act(() => void page.current.start(request).then((columns) => (ended = columns)));
  expect([page.current.asking, shown(page)]).toEqual([
    true,
    [
      ["waiting", ""],
      ["waiting", ""],
    ],
  ]);
  stream.send(started(1, "b"));
  stream.send({ type: "text", column: 1, text: "It is ", thinking: "" });
  stream.send({ type: "text", column: 1, text: "here", thinking: "" });
  await waitFor(() =>
    expect(shown(page)).toEqual([
      ["waiting", ""],
      ["streaming", "It is here"],
    ]),
  );
  stream.send({ type: "failed", column: 0, detail: "The model is too large.", code: "too_large" });
  stream.send({ type: "finished", column: 1, answer: answered("It is here.") });
  stream.end();
  await waitFor(() => expect(page.current.asking).toBe(false));
  expect(shown(page)).toEqual([
    ["failed", ""],
    ["finished", "It is here."],
  ]);
  expect(page.current.columns[0]?.problem?.detail).toBe("The model is too large.");
  expect(page.current.columns[1]?.answer).toEqual(answered("It is here."));
  expect(ended).toEqual(page.current.columns);
});

test("a request that is refused is one problem, and no column", async () => {
  server.use(
    http.post(at("models/compare"), () =>
      HttpResponse.json({ detail: "No such model.", code: "model_not_found" }, { status: 404 }),
    ),
  );
  const page = columnsOfPage();
  await act(() => page.current.start(request));
  expect(page.current.problem).toMatchObject({ detail: "No such model.", status: 404 });
  expect(page.current.columns).toEqual([]);
});

test.each(["end", "breakOff"] as const)(
  "when the server goes (%s), what came stays and says so",
  async (way) => {
    const page = columnsOfPage();
    act(() => void page.current.start(request));
    stream.send(started(0, "a"));
    stream.send({ type: "text", column: 0, text: "Half of", thinking: "" });
    await waitFor(() => expect(page.current.columns[0]?.text).toBe("Half of"));
    stream[way]();
    await waitFor(() => expect(page.current.asking).toBe(false));
    expect(shown(page)).toEqual([
      ["failed", "Half of"],
      ["failed", ""],
    ]);
    expect(page.current.columns[0]?.problem?.detail).toMatch(/ended the answer|broke off/);
  },
);

test("one column is stopped by its answer's id, and the other goes on", async () => {
  const stopped: unknown[] = [];
  server.use(
    http.delete(at("inference/answers/:id"), ({ params }) => {
      stopped.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const page = columnsOfPage();
  act(() => void page.current.start(request));
  stream.send(started(0, "a"));
  stream.send(started(1, "b"));
  await waitFor(() => expect(page.current.columns[1]?.status).toBe("streaming"));
  await act(() => page.current.stopOne(1));
  expect(stopped).toEqual(["b"]);
  expect(page.current.asking).toBe(true);
  await act(() => page.current.stop());
  expect(stopped.slice(1).sort()).toEqual(["a", "b"]);
  expect(hangUps).toBe(0);
});

test("stopping before every row has begun hangs up, which is no failure", async () => {
  const page = columnsOfPage();
  act(() => void page.current.start(request));
  stream.send(started(0, "a"));
  stream.send({ type: "text", column: 0, text: "Half", thinking: "" });
  await waitFor(() => expect(page.current.columns[0]?.text).toBe("Half"));
  await act(() => page.current.stop());
  await waitFor(() => expect(page.current.asking).toBe(false));
  expect(page.current.columns.map(({ status, problem }) => [status, problem])).toEqual([
    ["finished", null],
    ["finished", null],
  ]);
  expect(hangUps).toBe(1);
});

test("a second question takes over from the first, whose late words go nowhere", async () => {
  const page = columnsOfPage();
  const first = stream;
  act(() => void page.current.start(request));
  first.send({ type: "text", column: 0, text: "old", thinking: "" });
  await waitFor(() => expect(page.current.columns[0]?.text).toBe("old"));
  stream = new EventStream();
  act(() => void page.current.start({ ...request, columns: [{}] }));
  stream.send({ type: "finished", column: 0, answer: answered("new", baseDetails) });
  stream.end();
  await waitFor(() => expect(page.current.asking).toBe(false));
  expect(shown(page)).toEqual([["finished", "new"]]);
  expect(hangUps).toBe(1);
});

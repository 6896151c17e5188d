import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { EventStream } from "../test/events";
import { startServerDouble } from "../test/server";
import { type StreamError, streamEvents } from "./stream";

const server = startServerDouble();
const path = `${location.origin}/api/stream`;
const read = (signal = new AbortController().signal) =>
  streamEvents<{ text: string }>("/api/stream", { ask: "it" }, signal);

test("every event arrives whole, however the network cuts it, and the body is what was asked", async () => {
  const stream = new EventStream();
  let asked: unknown;
  server.use(
    http.post(path, async ({ request }) => {
      asked = await request.json();
      return stream.response;
    }),
  );
  stream.write(': still here\n\ndata: {"text"');
  stream.write(':"grü');
  stream.write('ß"}\r\n\r\ndata: {"text":"two"}\n\ndata: {"text":"three"}\n\n');
  stream.end();
  const events = [];
  for await (const event of read()) events.push(event);
  expect(events).toEqual([{ text: "grüß" }, { text: "two" }, { text: "three" }]);
  expect(asked).toEqual({ ask: "it" });
});

test("what is wrong with the request arrives as the server's own sentence", async () => {
  const problem = { detail: "The prompt is empty.", code: "empty_prompt", fields: [] };
  server.use(http.post(path, () => HttpResponse.json(problem, { status: 400 })));
  await expect(read().next()).rejects.toMatchObject({ status: 400, ...problem });
});

test("a server that does not answer, and an answer that is no stream, are told apart", async () => {
  server.use(http.post(path, () => HttpResponse.error()));
  await expect(read().next()).rejects.toMatchObject({ code: "offline" });
  server.use(
    http.post(path, () => HttpResponse.text("<html>", { headers: { "content-type": "text/html" } })),
  );
  await expect(read().next()).rejects.toMatchObject({ code: "unreadable" });
});

test("a stream that breaks off gives what came and then says so", async () => {
  const stream = new EventStream();
  server.use(http.post(path, () => stream.response));
  const events = read();
  stream.send({ text: "first" });
  expect((await events.next()).value).toEqual({ text: "first" });
  stream.breakOff();
  const broken = (await events.next().catch((reason: unknown) => reason)) as StreamError;
  expect([broken.code, broken.detail.includes("broke off")]).toEqual(["stream_broken", true]);
});

test("whoever aborts is told of nothing but that", async () => {
  const stream = new EventStream();
  server.use(http.post(path, () => stream.response));
  const call = new AbortController();
  const events = read(call.signal);
  stream.send({ text: "first" });
  await events.next();
  call.abort();
  await expect(events.next()).rejects.toMatchObject({ name: "AbortError" });
});

/** Answers that come as server-sent events, read one by one. Knows HTTP and the events' frames, not what they say. */

import { createParser } from "eventsource-parser";
import { type ApiError, toApiError } from "./base";
import type { ColumnEvent, CompareRequest } from "./generated";

/** An ApiError that can be thrown. */
export class StreamError extends Error implements ApiError {
  readonly status: ApiError["status"];
  readonly detail: string;
  readonly code: string;
  readonly fields: ApiError["fields"];

  constructor({ status, detail, code, fields }: ApiError) {
    super(detail);
    this.status = status;
    this.detail = detail;
    this.code = code;
    this.fields = fields;
  }
}

/** Base and adapters answer side by side. Leaving the loop, or aborting `signal`, cancels what is left. */
export function streamComparison(request: CompareRequest, signal: AbortSignal): AsyncGenerator<ColumnEvent> {
  return streamEvents<ColumnEvent>("/api/models/compare", request, signal);
}

/**
 * The events of a POST. Throws StreamError where the server refuses, does not answer, or breaks off in the middle, and
 * the signal's own reason where it was aborted.
 */
export async function* streamEvents<Event>(
  path: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const reader = (await openStream(path, body, signal)).pipeThrough(new TextDecoderStream()).getReader();
  const read: Event[] = [];
  const parser = createParser({ onEvent: ({ data }) => read.push(JSON.parse(data) as Event) });
  const hangUp = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", hangUp);
  try {
    while (true) {
      const { done, value } = await reader.read().catch(() => brokenOff(signal));
      signal.throwIfAborted();
      if (done) return;
      parser.feed(value);
      yield* read.splice(0);
    }
  } finally {
    signal.removeEventListener("abort", hangUp);
    hangUp();
  }
}

async function openStream(path: string, body: unknown, signal: AbortSignal) {
  const response = await fetch(new URL(path, location.origin), {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  }).catch(() => {
    signal.throwIfAborted();
    throw new StreamError(toApiError({ status: "FETCH_ERROR" }));
  });
  if (!response.ok) {
    const data: unknown = await response.json().catch(() => null);
    throw new StreamError(toApiError({ status: response.status, data }));
  }
  if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
    throw new StreamError(toApiError({ status: "PARSING_ERROR" }));
  }
  return response.body;
}

function brokenOff(signal: AbortSignal): never {
  signal.throwIfAborted();
  throw new StreamError({
    status: "offline",
    detail:
      "The connection to the server broke off in the middle of the answer. What came until then stands here.",
    code: "stream_broken",
    fields: [],
  });
}

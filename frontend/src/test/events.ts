/** Server-sent events under a test's control: sent when it says so, ended or broken off. */

import { HttpResponse } from "msw";

export class EventStream {
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly response = new HttpResponse(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );

  send(event: unknown) {
    this.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  /** Bytes as they are, such as half of an event. */
  write(text: string) {
    this.controller?.enqueue(new TextEncoder().encode(text));
  }

  end() {
    this.controller?.close();
  }

  breakOff() {
    this.controller?.error(new TypeError("network error"));
  }
}

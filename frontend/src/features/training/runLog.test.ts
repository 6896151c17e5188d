import { HttpResponse, http, ws } from "msw";
import { expect, test } from "vitest";
import { startServerDouble } from "../../test/server";
import { RunLog } from "./runLog";
import type { RunEvent } from "./runRecord";

const server = startServerDouble();
const path = `${location.origin}/api/sessions/run/events`;
const socket = ws.link(`${path.replace(/^http/, "ws")}`);

const validation = (seq: number): RunEvent => ({
  seq,
  time: seq,
  type: "validation",
  iteration: seq * 10,
  val_loss: 1 / seq,
  seconds: 1,
});
const finished: RunEvent = {
  seq: 5,
  time: 5,
  type: "finished",
  outcome: "completed",
  reason: "Done.",
  iteration: 40,
};

test("history is read once, then followed; a lost connection continues behind the last event", async () => {
  const asked: string[] = [];
  server.use(
    http.get(path, ({ request }) => {
      asked.push(`GET ${new URL(request.url).search}`);
      return HttpResponse.json([validation(1), validation(2)]);
    }),
    socket.addEventListener("connection", ({ client }) => {
      const after = client.url.search;
      asked.push(`WS ${after}`);
      if (after === "?after=2") {
        client.send(JSON.stringify(validation(3)));
        setTimeout(() => client.close(4000), 20);
      } else {
        // A server that repeats itself must not make the page do so.
        client.send(JSON.stringify(validation(3)));
        client.send(JSON.stringify(validation(4)));
        client.send(JSON.stringify(finished));
        setTimeout(() => client.close(1000), 20);
      }
    }),
  );
  const log = new RunLog("run");
  const close = log.open();
  await expect.poll(() => log.stage, { timeout: 4000 }).toBe("complete");
  close();
  expect(asked).toEqual(["GET ?after=0", "WS ?after=2", "WS ?after=3"]);
  expect(log.record.points.iterations).toEqual([10, 20, 30, 40]);
});

test("a server that is away is asked again", async () => {
  let times = 0;
  server.use(http.get(path, () => (++times === 1 ? HttpResponse.error() : HttpResponse.json([finished]))));
  const log = new RunLog("run");
  const close = log.open();
  await expect.poll(() => log.stage, { timeout: 4000 }).toBe("complete");
  close();
  expect(times).toBe(2);
});

test("a session that is gone is not asked for again", async () => {
  let times = 0;
  server.use(
    http.get(path, () => {
      times++;
      return HttpResponse.json({ detail: "There is no session 'run'.", code: "not_found" }, { status: 404 });
    }),
  );
  const log = new RunLog("run");
  const close = log.open();
  await expect.poll(() => log.stage).toBe("gone");
  await new Promise((later) => setTimeout(later, 700));
  close();
  expect(times).toBe(1);
});

test("a session that goes on after its end is followed again, by one connection", async () => {
  const resumed: RunEvent = { seq: 6, time: 6, type: "resumed", iteration: 40, iterations: 80 };
  let connections = 0;
  server.use(
    http.get(path, () => HttpResponse.json([validation(4), finished])),
    socket.addEventListener("connection", ({ client }) => {
      connections++;
      expect(client.url.search).toBe("?after=5");
      for (const event of [resumed, validation(7), { ...finished, seq: 8 }])
        client.send(JSON.stringify(event));
      setTimeout(() => client.close(1000), 20);
    }),
  );
  const log = new RunLog("run");
  const close = log.open();
  await expect.poll(() => log.stage).toBe("complete");
  log.goOn(5);
  expect(connections).toBe(0);
  log.goOn(6);
  log.goOn(7);
  await expect.poll(() => log.record.lastSeq, { timeout: 4000 }).toBe(8);
  close();
  expect(log.stage).toBe("complete");
  expect(connections).toBe(1);
  expect(log.record.points.iterations).toEqual([40, 70]);
});

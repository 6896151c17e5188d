import { HttpResponse, http, ws } from "msw";
import { expect, test } from "vitest";
import type { Course } from "../../../api";
import { startServerDouble } from "../../../test/server";
import type { RunEvent } from "./course";
import { CourseLog } from "./courseLog";

const server = startServerDouble();
const address = `${location.origin}/api/sessions/run`;
const socket = ws.link(`${address.replace(/^http/, "ws")}/events`);

const courseUpTo = (last_seq: number, at_rest: boolean, steps: number[]): Course => ({
  last_seq,
  at_rest,
  attempts: [{ began_at: 0, ended_at: at_rest ? last_seq : null }],
  train: { iterations: steps, losses: steps, means: steps, tokens: steps, times: steps },
  validation: { iterations: [], losses: [], times: [] },
  best: null,
  reports: steps.length,
  started: null,
  tokens_per_second: null,
  peak_memory_gb: null,
  unreadable_lines: 0,
});

const train = (seq: number, iteration: number): RunEvent => ({
  seq,
  time: seq,
  type: "train",
  iteration,
  train_loss: 1,
  learning_rate: 1e-4,
  iterations_per_second: 1,
  tokens_per_second: 1,
  trained_tokens: iteration,
  peak_memory_gb: 1,
  grad_norm: 1,
});
const paused: RunEvent = { seq: 4, time: 4, type: "paused", iteration: 3 };
const resumed: RunEvent = { seq: 5, time: 5, type: "resumed", iteration: 2, iterations: 9 };

test("a course is read, carried on by events, and read anew when its run goes back", async () => {
  const courses = [courseUpTo(2, false, [1, 2]), courseUpTo(5, false, [1, 2])];
  const asked: string[] = [];
  server.use(
    http.get(`${address}/course`, () => {
      asked.push("course");
      return HttpResponse.json(courses.shift());
    }),
    socket.addEventListener("connection", ({ client }) => {
      const { search } = client.url;
      asked.push(search);
      const events = {
        "?after=2": [train(3, 3), paused],
        "?after=4": [resumed],
        "?after=5": [train(6, 3), train(7, 4)],
      }[search];
      for (const event of events ?? []) client.send(JSON.stringify(event));
      if (search === "?after=2") setTimeout(() => client.close(1000), 20);
    }),
  );
  const log = new CourseLog("run", () => {});
  await expect.poll(() => log.course?.at_rest).toBe(true);
  expect(log.course?.train.iterations).toEqual([1, 2, 3]);
  log.goOn(4);
  expect(asked).toEqual(["course", "?after=2"]);

  log.goOn(5);
  await expect.poll(() => log.course?.last_seq, { timeout: 4000 }).toBe(7);
  expect(log.course?.train.iterations).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual(["course", "?after=2", "?after=4", "course", "?after=5"]);
  log.close();
});

test("a server that is away is asked again, one that refuses is not", async () => {
  let times = 0;
  server.use(
    http.get(`${address}/course`, () => {
      if (++times === 1) return HttpResponse.error();
      return HttpResponse.json(
        { detail: "There is no session 'run'.", code: "session_not_found" },
        { status: 404 },
      );
    }),
  );
  const log = new CourseLog("run", () => {});
  await expect.poll(() => log.problem?.detail, { timeout: 4000 }).toBe("There is no session 'run'.");
  await new Promise((later) => setTimeout(later, 700));
  expect(times).toBe(2);
  log.close();
});

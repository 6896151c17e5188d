/** A real server on a port that the system chooses, with a home of its own, and a real Chromium. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";

const repository = join(import.meta.dirname, "..", "..");
const python = join(repository, ".venv", "bin", "python");

const browsers = [
  process.env.DROID_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Session {
  id: string;
  state: string;
  adapter_name: string;
  iteration: number;
  best_val_loss: number | null;
  reason: string | null;
}

export class Studio {
  readonly home = mkdtempSync(join(tmpdir(), "droid-e2e-"));
  address = "";
  private server: ChildProcess | null = null;
  private browser: Browser | null = null;

  /** Starts the server; a second start takes the same port again, as a person would who starts it anew. */
  async start(): Promise<void> {
    const port = this.address ? new URL(this.address).port : "0";
    const server = spawn(python, ["-m", "backend", "--home", this.home, "--port", port, "--no-browser"], {
      cwd: repository,
      env: { ...process.env, DROID_HOME: undefined, DROID_PORT: undefined, DROID_TOKEN: undefined },
    });
    this.server = server;
    let said = "";
    await new Promise<void>((ready, failed) => {
      const read = (chunk: Buffer) => {
        said += chunk;
        const address = /ready: (http:\S+)/.exec(said)?.[1];
        if (!address) return;
        this.address = address;
        ready();
      };
      server.stdout?.on("data", read);
      server.stderr?.on("data", read);
      server.once("exit", (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
    });
  }

  /** The server alone, at once and without a chance to tidy up. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async page(options: BrowserContextOptions = {}): Promise<Page> {
    this.browser ??= await chromium.launch({ executablePath: installedChromium(), args: quiet });
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    return context.newPage();
  }

  /** The pages of one test, which would otherwise go on listening to the server through all that follow. */
  async closePages(): Promise<void> {
    await Promise.all(this.browser?.contexts().map((context) => context.close()) ?? []);
  }

  async get<Answer>(path: string): Promise<Answer> {
    return (await fetch(`${this.address}${path}`)).json() as Promise<Answer>;
  }

  async post(path: string, body: unknown = {}): Promise<Response> {
    return fetch(`${this.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async session(id: string): Promise<Session> {
    return this.get(`/api/sessions/${id}`);
  }

  /** Waits until a session has come to one of the states; returns it. */
  async reached(id: string, states: string[], seconds = 120): Promise<Session> {
    return until(
      async () => {
        const session = await this.session(id);
        return states.includes(session.state) ? session : null;
      },
      `session ${id} to be ${states.join(" or ")}`,
      seconds,
    );
  }

  async close(): Promise<void> {
    await this.browser?.close();
    await this.end("SIGTERM");
    rmSync(this.home, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const server = this.server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((done) => server.once("exit", done));
    server.kill(signal);
    await ended;
  }
}

/** A studio for the tests of one file. */
export function useStudio(): Studio {
  const studio = new Studio();
  beforeAll(() => studio.start());
  afterEach(() => studio.closePages());
  afterAll(() => studio.close());
  return studio;
}

/** A run that trains for as long as a test needs it. */
export const longRun = {
  model_path: "droid-starter",
  train_data_path: "starter",
  iterations: 100_000,
  batch_size: 4,
  learning_rate: 1e-4,
  max_seq_length: 128,
  steps_per_report: 2,
  steps_per_eval: 50,
  save_every: 50,
  early_stop: false,
};

export async function until<Found>(
  look: () => Promise<Found | null | undefined | false>,
  what: string,
  seconds = 60,
): Promise<Found> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error(`waited ${seconds} s for ${what}`);
}

/** What axe finds wrong on the page as it stands, one line a finding. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run(document);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
    );
  });
}

/** By how many pixels the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

function installedChromium(): string {
  const found = browsers.find((path) => path && existsSync(path));
  if (!found) throw new Error("No Chromium was found. Install it, or set DROID_CHROMIUM to its path.");
  return found;
}

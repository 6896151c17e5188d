/** A server that speaks the hub's protocol, with the starter as its repositories, and a cache and no token of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

const repository = join(import.meta.dirname, "..", "..");
const python = join(repository, ".venv", "bin", "python");
export const starter = join(repository, "artifacts", "base_model", "droid-starter");

/** Starts it before the studio of the same file, which then asks it: call this one first. */
export function useHub(
  repositories: string[],
  secondsEachChunk: number,
): { cacheModel: (id: string) => void } {
  const huggingFaceHome = mkdtempSync(join(tmpdir(), "droid-e2e-hub-"));
  let hub: ChildProcess | null = null;
  const before = { ...process.env };

  beforeAll(async () => {
    const named = repositories.map((name) => name.replace(/^[^:]*/, `$&=${starter}`));
    const options = ["-m", "tests.hub", "0", ...named, "--slow", String(secondsEachChunk)];
    hub = spawn(python, options, { cwd: repository });
    for (const name of Object.keys(process.env).filter((it) => it.startsWith("HF_")))
      delete process.env[name];
    process.env.HF_ENDPOINT = await firstLine(hub);
    process.env.HF_HOME = huggingFaceHome;
  });
  afterAll(() => {
    process.env = before;
    hub?.kill();
    rmSync(huggingFaceHome, { recursive: true, force: true });
  });

  /** What another program downloaded earlier. */
  const cacheModel = (id: string) => {
    const folder = join(huggingFaceHome, "hub", `models--${id.replace("/", "--")}`);
    const commit = "c".repeat(40);
    mkdirSync(join(folder, "refs"), { recursive: true });
    writeFileSync(join(folder, "refs", "main"), commit);
    cpSync(starter, join(folder, "snapshots", commit), { recursive: true });
  };
  return { cacheModel };
}

function firstLine(server: ChildProcess): Promise<string> {
  return new Promise((told, failed) => {
    server.stdout?.once("data", (line: Buffer) => told(String(line).trim()));
    server.stderr?.on("data", (line: Buffer) => failed(new Error(String(line))));
    server.once("exit", (code) => failed(new Error(`the hub ended with ${code}`)));
  });
}

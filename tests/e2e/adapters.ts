/** Adapters on the starter, made as mlx-lm's own trainer writes them. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");

/** `checkpoint` keeps the same weights as those of a step too. Returns the folder. */
export function makeAdapter(
  home: string,
  name: string,
  seed: number,
  checkpoint: number | null = null,
): string {
  const folder = join(home, "artifacts", "lora_adapters", name);
  const python = join(repository, ".venv", "bin", "python");
  const values = [folder, join(home, "artifacts", "base_model", "droid-starter"), seed, checkpoint ?? ""];
  execFileSync(python, ["-c", maker, ...values.map(String)], { cwd: repository });
  return folder;
}

const maker = `
import pathlib, shutil, sys
from backend.adapters.folder import checkpoint_name
from backend.models.fingerprint import fingerprint
from tests.tiny_adapters import make_adapter

folder, base, seed, checkpoint = sys.argv[1:]
folder, base = pathlib.Path(folder), pathlib.Path(base)
origin = {"base_model": base.name, "base_fingerprint": fingerprint(base), "session_id": None}
make_adapter(folder, base, seed=int(seed), strength=0.2, provenance=origin)
if checkpoint:
    shutil.copy(folder / "adapters.safetensors", folder / checkpoint_name(int(checkpoint)))
`;

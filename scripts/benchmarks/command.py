"""`scripts/bench`: what to measure, in which order, and where the figures go."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from backend.settings import REPOSITORY
from scripts.benchmarks.jobs import SEVEN_KEYS, Job
from scripts.benchmarks.machine import describe_machine, describe_program
from scripts.benchmarks.memory import measure_length, measure_memory
from scripts.benchmarks.overhead import measure_overhead
from scripts.benchmarks.parity import measure_parity
from scripts.benchmarks.report import table
from scripts.benchmarks.runner import WorkerDied
from scripts.benchmarks.sizes import FULL, QUICK, Sizes
from scripts.benchmarks.throughput import measure_masking, measure_throughput

PARTS: dict[str, Callable[[Sizes, IO[str]], dict[str, Any]]] = {
    "memory": measure_memory,
    "longest_row": measure_length,
    "throughput": measure_throughput,
    "masking": measure_masking,
    "loss_parity": measure_parity,
    "overhead": measure_overhead,
}
KEPT = REPOSITORY / "docs" / "benchmarks" / "training.json"
LOG = REPOSITORY / ".droid" / "bench.log"


def main(arguments: Sequence[str], description: str) -> int:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["training"])
    parser.add_argument("--quick", action="store_true", help="tiny models: the figures mean nothing")
    parser.add_argument("--only", help=f"some of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--json", type=Path, default=KEPT, help="the file for the figures")
    asked = parser.parse_args(arguments)
    parts = asked.only.split(",") if asked.only else list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {sorted(unknown)[0]}; the parts are {', '.join(PARTS)}")
    if asked.quick and asked.json == KEPT:
        parser.error("say with --json where to write: the quick figures do not go into docs/benchmarks")
    result = measure_training(QUICK if asked.quick else FULL, parts, asked.json)
    print(f"{table(result)}\n\nWritten to {asked.json}.")
    return 0


def measure_training(sizes: Sizes, parts: Sequence[str], file: Path) -> dict[str, Any]:
    """The figures in `file`, those of `parts` measured anew; written after every part, so that none is lost."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        try:
            common = {"machine": describe_machine(log), "settings": settings()}
            result = {**measured_before(file, common), **common}
            for part in [part for part in PARTS if part in parts]:
                began = time.perf_counter()
                print(f"{part} ...", end=" ", file=sys.stderr, flush=True)
                result[part] = {"program": describe_program(), **PARTS[part](sizes, log)}
                file.write_text(json.dumps(result, indent=1) + "\n")
                print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        except WorkerDied as error:
            sys.exit(f"{error} What it said is in {LOG}.")
    return result


def measured_before(file: Path, common: dict[str, Any]) -> dict[str, Any]:
    """What the file holds, if it was measured on this machine with these settings."""
    if not file.exists():
        return {}
    before: dict[str, Any] = json.loads(file.read_text())
    load = {"load_before": common["machine"]["load_before"]}
    same = before["machine"] | load == common["machine"] and before["settings"] == common["settings"]
    return before if same else {}


def settings() -> dict[str, Any]:
    """What is the same on both sides and in all parts, unless a part's figures say otherwise."""
    same = {name: field.default for name, field in Job.model_fields.items()}
    return {
        "dtype": "float32",
        "compiled": True,
        "optimizer": "adamw",
        "method": "lora",
        "keys": SEVEN_KEYS,
        "alpha": same["rank"],
        "dropout": 0.0,
        **{name: same[name] for name in ("rank", "learning_rate", "grad_checkpoint", "seed")},
        "lengths": "as in Alpaca: see ALPACA_TOKENS",
    }

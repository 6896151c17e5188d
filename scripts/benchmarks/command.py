"""`scripts/bench`: what to measure, in which order, and where the figures go."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.settings import REPOSITORY
from scripts.benchmarks.inference.subject import INFERENCE
from scripts.benchmarks.machine import describe_program
from scripts.benchmarks.report import table
from scripts.benchmarks.runner import WorkerDied
from scripts.benchmarks.subject import Subject
from scripts.benchmarks.training import TRAINING

SUBJECTS: dict[str, Subject[Any]] = {"training": TRAINING, "inference": INFERENCE}
KEPT = REPOSITORY / "docs" / "benchmarks"
LOG = REPOSITORY / ".droid" / "bench.log"


def main(arguments: Sequence[str], description: str) -> int:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=SUBJECTS)
    parser.add_argument("--quick", action="store_true", help="tiny models: the figures mean nothing")
    parser.add_argument("--only", help="some parts, with commas between")
    parser.add_argument("--json", type=Path, help="the file for the figures")
    asked = parser.parse_args(arguments)
    subject, kept = SUBJECTS[asked.what], KEPT / f"{asked.what}.json"
    file: Path = asked.json or kept
    parts = asked.only.split(",") if asked.only else list(subject.parts)
    if unknown := set(parts) - set(subject.parts):
        parser.error(f"there is no part {sorted(unknown)[0]}; the parts are {', '.join(subject.parts)}")
    if asked.quick and file == kept:
        parser.error("say with --json where to write: the quick figures do not go into docs/benchmarks")
    result = measure(subject, subject.quick if asked.quick else subject.full, parts, file)
    print(f"{table(result, subject.lines)}\n\nWritten to {file}.")
    return 0


def measure(subject: Subject[Any], sizes: Any, parts: Sequence[str], file: Path) -> dict[str, Any]:
    """The figures in `file`, those of `parts` measured anew; written after every part, so that none is lost."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        try:
            common = subject.common(log)
            result = {**measured_before(file, common), **common}
            for part in [part for part in subject.parts if part in parts]:
                began = time.perf_counter()
                print(f"{part} ...", end=" ", file=sys.stderr, flush=True)
                result[part] = {"program": describe_program(), **subject.parts[part](sizes, log)}
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

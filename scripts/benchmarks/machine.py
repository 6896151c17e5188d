"""Says what machine a measurement is made on: words that name no person and no place."""

import os
import platform
import subprocess
from typing import IO, Any

import psutil

from backend.settings import REPOSITORY, VERSION
from scripts.benchmarks.jobs import SIDES
from scripts.benchmarks.memory import one_row
from scripts.benchmarks.runner import Worker
from scripts.benchmarks.sizes import TINY


def describe_machine(log: IO[str]) -> dict[str, Any]:
    """`ours` and `mlx_lm` are what a worker of that side finds itself computing with: device, BLAS, threads."""
    described: dict[str, Any] = {
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
    }
    for side in SIDES:
        with Worker(one_row(side, TINY, 32), log) as worker:
            described[side] = worker.ready.surroundings
    return described


def describe_program() -> str:
    """What is measured."""
    return f"{VERSION}, commit {_commit()}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"

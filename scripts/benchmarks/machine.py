"""Says what machine a measurement is made on: words that name no person and no place."""

import os
import platform
import subprocess
from typing import Any

import psutil

from backend.settings import REPOSITORY, VERSION


def describe_machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
    }


def describe_program() -> str:
    """What is measured."""
    return f"{VERSION}, commit {_commit()}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"

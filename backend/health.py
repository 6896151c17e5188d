"""Whether the server is well, on what it runs, and how much memory there is."""

import os
import platform
import subprocess
from functools import cache
from pathlib import Path

import psutil
from fastapi import APIRouter, Request
from pydantic import BaseModel

from backend.settings import VERSION

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Memory in bytes; `running` is the id of the session that trains."""

    status: str
    version: str
    device: str
    memory_total: int
    memory_available: int
    home: str
    running: str | None


@router.get("/health")
def get_health(request: Request) -> Health:
    memory = psutil.virtual_memory()
    return Health(
        status="ok",
        version=VERSION,
        device=device(),
        memory_total=memory.total,
        memory_available=memory.available,
        home=str(request.app.state.settings.home),
        running=request.app.state.training.current_session_id,
    )


@cache
def device() -> str:
    """What MLX computes on, as far as the system says without MLX."""
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "Apple Silicon"
    if Path("/proc/driver/nvidia/version").exists():
        return "NVIDIA GPU"
    cores = len(os.sched_getaffinity(0))
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"

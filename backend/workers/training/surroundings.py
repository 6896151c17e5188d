"""What the last bits of a computation depend on beside the program: machine, device, libraries, threads."""

import contextlib
import ctypes
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from backend.workers.base_model import device_name, has_gpu

MAPPED = Path("/proc/self/maps")


def surroundings() -> dict[str, str]:
    """By name; two runs with equal surroundings and settings end in the same bits."""
    found = {
        "the machine": f"{platform.machine()} {processor()}",
        "the device": device_name(),
        "mlx": version("mlx"),
        "mlx-lm": version("mlx-lm"),
    }
    if not has_gpu():
        found["the BLAS"] = _blas()
        found["its threads"] = str(_blas_threads())
        found["the compiler of kernels"] = shutil.which("g++") or shutil.which("clang++") or "none"
    return found


def processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "of unknown make"


def _blas() -> str:
    """The file of the BLAS that is loaded, links followed."""
    if not MAPPED.exists():
        return "the system's"
    names = {line.split(maxsplit=5)[-1] for line in MAPPED.read_text().splitlines() if "/" in line}
    libraries = sorted(Path(name).name for name in names if "openblas" in name)
    return libraries[0] if libraries else "MLX's own"


def _blas_threads() -> int:
    with contextlib.suppress(AttributeError, OSError):
        return int(ctypes.CDLL(None).openblas_get_num_threads())
    return os.cpu_count() or 1

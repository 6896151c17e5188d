"""How much memory this machine has for a model, as far as the system says it without MLX."""

import platform
import subprocess
from functools import cache

import psutil

LARGE_MAC_BYTES = 36 * 2**30
METAL_SHARE, METAL_SHARE_OF_LARGE = 2 / 3, 3 / 4
"""Of a Mac's memory, what Metal recommends to use at the most."""
CPU_SHARE = 0.9
"""The rest is the system's own."""
MIB = 2**20


def model_memory_bytes() -> int:
    """What a model may take where nothing else does: of a GPU's memory, else of the machine's."""
    total = psutil.virtual_memory().total
    if platform.system() == "Darwin":
        return int(total * (METAL_SHARE_OF_LARGE if total > LARGE_MAC_BYTES else METAL_SHARE))
    return _graphics_memory_bytes() or int(total * CPU_SHARE)


def float_bytes() -> int:
    """Of a number that models compute with: CPUs compute in float32."""
    return 2 if platform.system() == "Darwin" or _graphics_memory_bytes() else 4


@cache
def _graphics_memory_bytes() -> int | None:
    """Of the first NVIDIA GPU; None where there is none."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits", "--id=0"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
        return int(said.split()[0]) * MIB
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None

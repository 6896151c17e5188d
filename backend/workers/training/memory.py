"""Keeps the rest of the machine usable while a worker computes: how much memory MLX may take and hold on to."""

import mlx.core as mx
import psutil

from backend.workers.base_model import has_gpu

CACHE_SHARE = 0.1


def leave_room() -> None:
    """On Metal: keep the model's memory from being paged out, and give back what is only kept for later.

    The limit is what the system recommends for the GPU, so that windows and other programs keep theirs. On a CPU
    MLX's limits have no effect; the guard there is the estimate before the start.
    """
    if not has_gpu():
        return
    recommended = mx.device_info().get("max_recommended_working_set_size")
    if recommended is None:
        return
    mx.set_wired_limit(int(recommended))
    mx.set_memory_limit(int(recommended))
    mx.set_cache_limit(int(CACHE_SHARE * int(recommended)))


def memory_limit() -> int:
    """Bytes that a run may take: on Metal what the system recommends for the GPU, else what is free now."""
    if has_gpu():
        recommended = mx.device_info().get("max_recommended_working_set_size")
        if recommended is not None:
            return int(recommended)
    return int(psutil.virtual_memory().available)

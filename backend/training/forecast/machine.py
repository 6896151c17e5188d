"""What this machine has for a run: its memory, and the size of the numbers that it computes with."""

from dataclasses import dataclass

import psutil

from backend.models.machine import float_bytes, model_memory_bytes

ON_CPU = 4


@dataclass(frozen=True)
class Machine:
    """On a GPU `memory_bytes` is what may be used of its memory, else what is free now."""

    memory_bytes: int
    float_bytes: int


def this_machine() -> Machine:
    size = float_bytes()
    memory = model_memory_bytes()
    if size == ON_CPU:
        memory = min(memory, psutil.virtual_memory().available)
    return Machine(memory_bytes=memory, float_bytes=size)

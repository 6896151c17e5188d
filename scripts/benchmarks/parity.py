"""The same run on both sides: how far losses and adapters come apart."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
from safetensors.numpy import load_file

from scripts.benchmarks.jobs import Job, Rows
from scripts.benchmarks.runner import Worker
from scripts.benchmarks.sizes import Sizes

BATCH_SIZE = 4
ROWS = 40
LEARNING_RATE = 1e-3


def measure_parity(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """float32, rows exactly as long as `max_seq_length`, the same batches and the same beginning, no dropout."""
    with TemporaryDirectory() as name:
        ours, theirs = Path(name) / "ours", Path(name) / "mlx_lm"
        job = Job(
            side="ours",
            shape=sizes.parity_shape,
            rows=Rows(count=ROWS, tokens=sizes.parity_tokens),
            batch_size=BATCH_SIZE,
            max_seq_length=sizes.parity_tokens,
            learning_rate=LEARNING_RATE,
            epochs=0,
            save_in=ours,
        )
        same = {"side": "mlx_lm", "same_batches": True, "begin_with": ours / "initial.safetensors", "save_in": theirs}
        our_losses = _losses(job, sizes.parity_steps, log)
        their_losses = _losses(job.model_copy(update=same), sizes.parity_steps, log)
        adapters = [load_file(folder / "adapters.safetensors") for folder in (ours, theirs)]
    differences = [abs(one - other) for one, other in zip(our_losses, their_losses, strict=True)]
    return {
        "model": sizes.parity_shape.model_dump(),
        "tokens": sizes.parity_tokens,
        "batch_size": BATCH_SIZE,
        "learning_rate": LEARNING_RATE,
        "steps": sizes.parity_steps,
        "max_abs_diff": max(differences),
        "adapter_relative_diff": relative_difference(*adapters),
        "ours": {"losses": our_losses},
        "mlx_lm": {"losses": their_losses},
    }


def _losses(job: Job, steps: int, log: IO[str]) -> list[float]:
    assert job.save_in is not None
    job.save_in.mkdir()
    with Worker(job, log) as worker:
        worker.steps(steps)
        return worker.end().losses


def relative_difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """|one - other| / |other| over all tensors together, in float64. They must have the same names."""
    assert one.keys() == other.keys(), "the two sides adapted different modules"
    squares = [
        (np.square(one[name].astype(np.float64) - other[name]).sum(), np.square(other[name].astype(np.float64)).sum())
        for name in other
    ]
    difference, size = (sum(part) for part in zip(*squares, strict=True))
    return float(np.sqrt(difference / size))

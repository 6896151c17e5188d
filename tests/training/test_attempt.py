"""How an attempt at a run ends where something breaks: in words, with what to do next."""

from pathlib import Path

import mlx.core as mx
import pytest

from backend.training.events import Finished
from backend.training.resume import RESUME_FILE
from backend.workers.train import attempt
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Requests


def run_out_of_memory() -> None:
    """As Metal says it. A CPU ends the process with a signal, which the supervisor puts into words."""
    raise RuntimeError(
        "[METAL] Command buffer execution failed: Insufficient Memory "
        "(00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)."
    )


def read_what_is_gone() -> None:
    Path("/nowhere/train.jsonl").read_text()


def fail() -> None:
    raise ValueError("seven is no divisor")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (run_out_of_memory, "Memory ran out. Try a shorter sequence length, a smaller batch, or a smaller model."),
        (read_what_is_gone, "A file could not be read or written: No such file or directory: /nowhere/train.jsonl."),
        (fail, "The run failed: seven is no divisor. The end of the log says more."),
    ],
)
@pytest.mark.parametrize("saved", [0, 50])
def test_what_breaks_is_said_with_the_way_on(broken: object, words: str, saved: int, tmp_path: Path) -> None:
    if saved:
        mx.save_safetensors(str(tmp_path / RESUME_FILE), {"w": mx.zeros(1)}, {"iteration": str(saved)})

    end = attempt(tmp_path, Reporter(tmp_path), Requests(), broken)  # type: ignore[arg-type]

    assert isinstance(end, Finished)
    assert (end.outcome, end.iteration) == ("failed", saved)
    assert end.reason == words + (" Resume it to go on from step 50." if saved else "")

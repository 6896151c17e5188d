"""In place of what the first process writes, in those that train along with it: the same calls, and nothing done."""

import mlx.nn as nn

from backend.adapters.folder import checkpoint_name
from backend.event_log import Event
from backend.training.events import Finished
from backend.workers.training.engine.step import Learned
from backend.workers.training.progress import Progress
from backend.workers.training.reporter import Reporter
from backend.workers.training.saving.checkpoint import AdapterFolder
from backend.workers.training.saving.resume import ResumeFile


class NoReporter(Reporter):
    """Only problems are told, as those of process `number`, which counts from 1."""

    def __init__(self, number: int) -> None:
        self._number = number

    def report(self, event: Event) -> None:
        if isinstance(event, Finished) and event.outcome == "failed":
            self.complain(event.reason)

    def complain(self, text: str) -> None:
        super().say(f"Process {self._number}: {text}")

    def say(self, line: str) -> None:
        pass


class NoAdapterFolder(AdapterFolder):
    def __init__(self) -> None:
        pass

    def save_latest(self, model: nn.Module, iteration: int) -> None:
        pass

    def save_best(self, model: nn.Module, iteration: int) -> None:
        pass

    def save_checkpoint(self, model: nn.Module, iteration: int) -> str:
        return checkpoint_name(iteration)

    def settle(self) -> None:
        pass

    def discard(self) -> None:
        pass

    def discard_checkpoint(self, iteration: int) -> None:
        pass


class NoResumeFile(ResumeFile):
    def __init__(self) -> None:
        pass

    def write(self, learned: Learned, progress: Progress) -> None:
        pass

    def read(self, fresh: Learned) -> tuple[Learned, Progress, list[str]] | None:
        return None

    def discard(self) -> None:
        pass

"""Does one job in a process of its own: `python -m scripts.benchmarks.worker`, which the bench starts and talks to.

Reads the job as a line of JSON, then a number of steps per line until stdin closes; answers `Ready`, a list of `Step`
for each line, and `End`. What the trainers print goes to stderr.
"""

import os
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.models.qwen2 import Model, ModelArgs
from pydantic import BaseModel, TypeAdapter

from backend.workers.training.surroundings import surroundings
from scripts.benchmarks.jobs import End, Job, ModelShape, Ready, Step
from scripts.benchmarks.turns import Turns, Work, one_of_each_shape

STEPS = TypeAdapter(list[Step])


class Trainer(Protocol):
    epoch_steps: int
    most_shapes: int | None

    @property
    def losses(self) -> list[float]: ...
    def works(self) -> Iterator[Work]: ...
    def train(self, batches: Iterable[Any]) -> None: ...


def random_model(shape: ModelShape) -> nn.Module:
    mx.random.seed(0)
    model: nn.Module = Model(ModelArgs.from_dict(shape.config()))
    mx.eval(model.parameters())
    return model


def trainer_of(job: Job, model: nn.Module) -> Trainer:
    """Each side in a process that never imported the other."""
    if job.side == "ours":
        from scripts.benchmarks.ours import Ours

        return Ours(job, model)
    from scripts.benchmarks.stock import Stock

    return Stock(job, model)


def total(tree: Any, attribute: str) -> int:
    arrays: dict[str, mx.array] = tree_flatten(tree, destination={})  # type: ignore[assignment]
    return sum(getattr(array, attribute) for array in arrays.values())


def work(job: Job, lines: Iterator[str], answer: "Answer") -> None:
    model = random_model(job.shape)
    trainer = trainer_of(job, model)
    first = one_of_each_shape(islice(trainer.works(), job.epochs * trainer.epoch_steps))

    def ready(steps: list[Step]) -> None:
        answer(
            Ready(
                surroundings=surroundings(),
                epoch_steps=trainer.epoch_steps,
                weight_bytes=total(model.parameters(), "nbytes"),
                trainable_parameters=total(model.trainable_parameters(), "size"),
                shapes=[list(work.shape) for work in first],
                most_shapes=trainer.most_shapes,
                warm_up_seconds=[step.seconds for step in steps],
            )
        )

    mx.clear_cache()
    mx.reset_peak_memory()
    trainer.train(Turns(first, trainer.works(), map(int, lines), ready, answer.steps))
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resident = kilobytes * 1024 if sys.platform == "linux" else kilobytes
    answer(End(peak_bytes=mx.get_peak_memory(), resident_bytes=resident, losses=trainer.losses))


class Answer:
    """The process's stdout, kept for the bench alone."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def __call__(self, message: BaseModel) -> None:
        self._write(message.model_dump_json())

    def steps(self, steps: list[Step]) -> None:
        self._write(STEPS.dump_json(steps).decode())

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()


if __name__ == "__main__":
    answer = Answer()
    lines = iter(sys.stdin.readline, "")
    work(Job.model_validate_json(next(lines)), lines, answer)

"""The course of a run for a chart: its losses, as many as a screen can show, and when workers were at it.

Pure: the lines of an event log in, a Course out. Knows no session and no chart.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json

from backend.training.events import Started, training_event


class Attempt(BaseModel):
    """From when on a worker was at the run, in seconds since the epoch; `ended_at` is None while one is."""

    began_at: float
    ended_at: float | None = None


class TrainLine(BaseModel):
    """The training losses that were kept, each list with one value a point. `means` is of all losses that were
    reported since the point before, this one's with it; where none was left out it is the loss itself."""

    iterations: list[int]
    losses: list[float]
    means: list[float]
    tokens: Annotated[list[int], Field(description="trained so far, those that carry loss")]
    times: list[float]


class ValidationLine(BaseModel):
    iterations: list[int]
    losses: list[float]
    times: list[float]


class BestPoint(BaseModel):
    iteration: int
    loss: float


class Course(BaseModel):
    """Without what a later attempt made void. `tokens_per_second` is of all steps, validations not counted."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    last_seq: int
    at_rest: Annotated[bool, Field(description="whether it had ended or was paused")]
    attempts: list[Attempt]
    train: TrainLine
    validation: ValidationLine
    best: BestPoint | None
    reports: Annotated[int, Field(description="of the training loss, also those that were left out")]
    started: Annotated[Started | None, Field(description="of the latest attempt")]
    tokens_per_second: float | None
    peak_memory_gb: float | None
    unreadable_lines: Annotated[int, Field(description="of the log; they are left out")]


def read_course(lines: Iterable[bytes], limit: int) -> Course:
    """At most about `limit` points a line: the lowest and the highest of each stretch, so that no spike is lost."""
    reading = _Reading()
    for line in lines:
        reading.take(line)
    train, validation = reading.train, reading.validation
    kept = _kept([report.loss for report in train], limit)
    reports = [train[index] for index in kept]
    validations = [validation[index] for index in _kept([each.loss for each in validation], limit)]
    return Course(
        last_seq=reading.last_seq,
        at_rest=reading.at_rest,
        attempts=reading.attempts,
        train=TrainLine(
            iterations=[report.iteration for report in reports],
            losses=[report.loss for report in reports],
            means=_means([report.loss for report in train], kept),
            tokens=[report.tokens for report in reports],
            times=[report.time for report in reports],
        ),
        validation=ValidationLine(
            iterations=[each.iteration for each in validations],
            losses=[each.loss for each in validations],
            times=[each.time for each in validations],
        ),
        best=reading.improvements[-1] if reading.improvements else None,
        reports=len(train),
        started=reading.started,
        tokens_per_second=_speed(train),
        peak_memory_gb=max((report.peak_memory_gb for report in train), default=None),
        unreadable_lines=reading.unreadable_lines,
    )


class _Report(NamedTuple):
    iteration: int
    loss: float
    tokens: int
    time: float
    tokens_per_second: float
    peak_memory_gb: float


class _Validation(NamedTuple):
    iteration: int
    loss: float
    time: float


class _Reading:
    """What the lines so far add up to."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.at_rest = False
        self.attempts: list[Attempt] = []
        self.train: list[_Report] = []
        self.validation: list[_Validation] = []
        self.improvements: list[BestPoint] = []
        self.started: Started | None = None
        self.unreadable_lines = 0

    def take(self, line: bytes) -> None:
        try:
            event = from_json(line)
            self._apply(event)
            self.last_seq = event["seq"]
            self.at_rest = event["type"] in ("finished", "paused")
        except (ValueError, KeyError, TypeError):
            self.unreadable_lines += 1

    def _apply(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "spawned":
                self.attempts.append(Attempt(began_at=event["time"]))
            case "started":
                started = training_event.validate_python(event)
                self.started = started if isinstance(started, Started) else None
            case "train":
                self.train.append(_report(event))
            case "validation":
                self.validation.append(_Validation(event["iteration"], float(event["val_loss"]), event["time"]))
            case "best":
                self.improvements.append(BestPoint(iteration=event["iteration"], loss=event["val_loss"]))
            case "paused" | "finished":
                if self.attempts and self.attempts[-1].ended_at is None:
                    self.attempts[-1].ended_at = event["time"]
            case "resumed":
                self._go_back_to(event["iteration"])

    def _go_back_to(self, iteration: int) -> None:
        self.train = [report for report in self.train if report.iteration <= iteration]
        self.validation = [each for each in self.validation if each.iteration <= iteration]
        self.improvements = [best for best in self.improvements if best.iteration <= iteration]


def _report(event: dict[str, Any]) -> _Report:
    return _Report(
        event["iteration"],
        float(event["train_loss"]),
        event["trained_tokens"],
        event["time"],
        event["tokens_per_second"],
        event["peak_memory_gb"],
    )


def _kept(losses: Sequence[float], limit: int) -> list[int]:
    """Which places stay: all where there is room for them, else of each stretch the lowest and the highest loss, and
    the first and the last of all."""
    count = len(losses)
    if count <= limit:
        return list(range(count))
    stretches = limit // 2
    kept = {0, count - 1}
    for stretch in range(stretches):
        places = range(stretch * count // stretches, (stretch + 1) * count // stretches)
        kept.add(min(places, key=losses.__getitem__))
        kept.add(max(places, key=losses.__getitem__))
    return sorted(kept)


def _means(losses: Sequence[float], kept: list[int]) -> list[float]:
    return [
        losses[index] if index == before + 1 else sum(losses[before + 1 : index + 1]) / (index - before)
        for before, index in pairwise([-1, *kept])
    ]


def _speed(train: Sequence[_Report]) -> float | None:
    """Tokens a second over all steps: each report's tokens took as long as its own speed says."""
    tokens, seconds, before = 0, 0.0, 0
    for report in train:
        if report.tokens_per_second > 0:
            tokens += report.tokens - before
            seconds += (report.tokens - before) / report.tokens_per_second
        before = report.tokens
    return tokens / seconds if seconds else None

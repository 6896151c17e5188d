"""Predicts the memory and the time of a run from a few steps that were measured. Pure: knows shapes, no MLX.

A step's time and its memory over what always stays are fitted as sums of parts that cannot be negative: one that is
always there, one that grows with tokens, and one that grows with rows * width^2, as attention does.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from pydantic import BaseModel

MEASURED_ERROR = (0.15, 0.05)
"""Below and above: a short run need not meet the batch that takes most."""
MEMORY_ERROR = (0.25, 0.25)
TIME_ERROR = 0.2
RECOMPUTED_ERROR = (0.4, 0.4)
MOST_COMPILED = 72
"""Shapes that the batches of one run have at the most."""


class BatchShape(BaseModel, frozen=True):
    """A batch computes `rows` * `width` tokens, padding included."""

    rows: int
    width: int

    @property
    def tokens(self) -> int:
        return self.rows * self.width

    @property
    def pairs(self) -> int:
        """What attention compares, up to a factor."""
        return self.rows * self.width**2

    def __str__(self) -> str:
        return f"{self.rows} {'row' if self.rows == 1 else 'rows'} of {self.width:,} tokens"


class MeasuredStep(BaseModel):
    """`seconds` is the median of a few steps, `slowest_seconds` the longest, `first_seconds` includes compiling.

    `peak_bytes` is all that MLX held at its most.
    """

    shape: BatchShape
    first_seconds: float
    seconds: float
    slowest_seconds: float
    peak_bytes: int


class Measurements(BaseModel):
    """What a worker found out about a run before it begins.

    `kept_bytes` is what MLX holds between steps, `loading_bytes` its peak until then, `other_bytes` what the process
    takes beside that, where it has to fit into the same memory. `limit_bytes` is what the machine has for all of it.
    `layer_input_bytes` is what one token takes between two layers. `lengths` are those of all examples in tokens,
    before they are cut; `validation_tokens` is what one validation computes.
    """

    preparing_seconds: float
    kept_bytes: int
    loading_bytes: int
    other_bytes: int
    limit_bytes: int
    layers: int
    layer_input_bytes: int
    lengths: list[int]
    validation_tokens: int = 0
    validation_seconds: float = 0.0
    saving_seconds: float = 0.0
    steps: list[MeasuredStep] = []


class RunShape(BaseModel, frozen=True):
    """The settings of a run that its memory and time follow from; names as in TrainingConfig."""

    batch_size: int
    batch_tokens: int | None
    grad_accumulation_steps: int
    max_seq_length: int
    grad_checkpoint: bool
    iterations: int
    validations: int
    saves: int


class Range(BaseModel):
    """A prediction and the band around it."""

    likely: float
    low: float
    high: float

    def plus(self, amount: float) -> "Range":
        return Range(likely=self.likely + amount, low=self.low + amount, high=self.high + amount)


def epoch_shapes(lengths: Sequence[int], run: RunShape) -> list[BatchShape]:
    """The batches of an epoch, examples of similar length together. A batch is as wide as its longest example."""
    widths = sorted((min(length, run.max_seq_length) - 1 for length in lengths), reverse=True)
    shapes = []
    start = 0
    while start < len(widths):
        width = widths[start]
        rows = max(1, run.batch_tokens // width) if run.batch_tokens else run.batch_size
        rows = min(rows, len(widths) - start)
        shapes.append(BatchShape(rows=rows, width=width))
        start += rows
    return shapes


def peak_bytes(found: Measurements, run: RunShape, measured_with: RunShape) -> Range:
    """What MLX holds at its most in a whole run, loading included. At least one step must have been measured."""
    shapes = set(epoch_shapes(found.lengths, run))
    over, (below, above), shape = max(
        ((*_over_kept(found, shape), shape) for shape in shapes), key=lambda guess: guess[0]
    )
    if run.grad_checkpoint and not measured_with.grad_checkpoint:
        # Of every layer only its input is kept, and one layer at a time is computed again.
        over = over / found.layers + found.layers * found.layer_input_bytes * shape.tokens
        below, above = RECOMPUTED_ERROR
    low, likely, high = (
        max(float(found.loading_bytes), found.kept_bytes + over * factor) for factor in (1 - below, 1, 1 + above)
    )
    return Range(likely=likely, low=low, high=high)


def _over_kept(found: Measurements, shape: BatchShape) -> tuple[float, tuple[float, float]]:
    """Bytes over what is kept between steps, and their relative error below and above."""
    for step in found.steps:
        if step.shape == shape:
            return float(step.peak_bytes - found.kept_bytes), MEASURED_ERROR
    parts = _fit([step.shape for step in found.steps], [step.peak_bytes - found.kept_bytes for step in found.steps])
    return _sum(parts, shape), MEMORY_ERROR


def step_seconds(steps: Sequence[MeasuredStep], shapes: Iterable[BatchShape]) -> list[float]:
    """Of one batch of each shape, once it is compiled."""
    parts = _fit([step.shape for step in steps], [step.seconds for step in steps])
    return [_sum(parts, shape) for shape in shapes]


def duration_seconds(found: Measurements, run: RunShape) -> Range:
    """From the start of the worker to its end, if it does not stop early."""
    shapes = epoch_shapes(found.lengths, run)
    times = step_seconds(found.steps, shapes)
    batches = run.iterations * run.grad_accumulation_steps
    compiling = float(np.mean([max(0.0, step.first_seconds - step.seconds) for step in found.steps]))
    steps = batches * float(np.mean(times)) + compiling * min(len(set(shapes)), MOST_COMPILED, batches)
    beside = found.preparing_seconds + run.validations * found.validation_seconds + run.saves * found.saving_seconds
    likely = steps + beside
    # Runs shorter than an epoch see some of its batches only.
    drawn = float(np.std(times)) * float(np.sqrt(batches)) if batches % len(times) else 0.0
    off = 1 + TIME_ERROR + _noise(found.steps) + drawn / likely
    return Range(likely=likely, low=likely / off, high=likely * off)


def _noise(steps: Sequence[MeasuredStep]) -> float:
    """By what share the slowest of equal steps took longer: how busy the machine is with other things."""
    return float(np.mean([step.slowest_seconds / step.seconds - 1 for step in steps]))


def _fit(shapes: Sequence[BatchShape], values: Sequence[float]) -> np.ndarray:
    """The three parts' sizes, none negative, with the least sum of squared relative errors."""
    features = np.array([_parts(shape) for shape in shapes])
    wanted = np.maximum(np.array(values, dtype=np.float64), 1e-9)
    relative = features / wanted[:, None]
    best, least = np.zeros(features.shape[1]), float("inf")
    for count in range(1, min(len(shapes), features.shape[1]) + 1):
        for chosen in combinations(range(features.shape[1]), count):
            solved = np.linalg.lstsq(relative[:, chosen], np.ones(len(wanted)), rcond=None)[0]
            error = float(np.square(relative[:, chosen] @ solved - 1).sum())
            if (solved >= 0).all() and error < least * 0.999 - 1e-12:
                best = np.zeros(features.shape[1])
                best[list(chosen)] = solved
                least = error
    return best


def _parts(shape: BatchShape) -> tuple[float, float, float]:
    return 1.0, float(shape.tokens), float(shape.pairs)


def _sum(parts: np.ndarray, shape: BatchShape) -> float:
    return float(parts @ np.array(_parts(shape)))

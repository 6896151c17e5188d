"""How long a run would take by a speed that was seen before. Pure: knows speeds and statistics, no files."""

from collections.abc import Sequence

from backend.lora.estimate import Range, duration_seconds
from backend.tokens.schemas import DataStatistics, SplitStatistics
from backend.training.config import TrainingConfig
from backend.training.forecast.speeds import MeasuredSpeed, RunSpeed
from backend.training.preflight.run_shape import run_shape

SAME_WORK_ERROR = 1.25
OTHER_WORK_ERROR = 1.7
"""By what factor the time of a run is off, above and below, on the same data and batches and on others."""
VALIDATING_SHARE = 0.35
"""Of a training step's time that a validation takes for as many tokens: it has no backward pass."""
MOST_LENGTHS = 4000
"""Examples that stand for all where there are more."""


def duration_by_measurement(speed: MeasuredSpeed, config: TrainingConfig, data: DataStatistics) -> Range:
    found = speed.found.model_copy(
        update={
            "lengths": lengths_of(data.splits["train"]),
            "validation_seconds": _scaled_validation(speed, config, data),
        }
    )
    return duration_seconds(found, run_shape(config, has_validation="valid" in data.splits))


def duration_by_run(speed: RunSpeed, config: TrainingConfig, data: DataStatistics) -> Range:
    per_step = data.loss_tokens_per_epoch / data.iterations_per_epoch
    steps = config.iterations * per_step / speed.tokens_per_second
    shape = run_shape(config, has_validation="valid" in data.splits)
    likely = speed.preparing_seconds + steps + shape.validations * _validation(speed, config, data)
    off = SAME_WORK_ERROR if speed.same_work else OTHER_WORK_ERROR
    return Range(likely=likely, low=likely / off, high=likely * off)


def lengths_of(split: SplitStatistics) -> list[int]:
    """Lengths that stand for all examples: the middle of each part of the histogram as often as it has rows."""
    share = min(1.0, MOST_LENGTHS / max(1, split.rows))
    lengths = [
        (part.from_tokens + part.to_tokens) // 2
        for part in split.histogram
        for _ in range(max(1, round(part.rows * share)) if part.rows else 0)
    ]
    return [*_without_one_of_the_longest(lengths), split.longest]


def _without_one_of_the_longest(lengths: Sequence[int]) -> list[int]:
    return sorted(lengths)[:-1]


def _validation(speed: RunSpeed, config: TrainingConfig, data: DataStatistics) -> float:
    if speed.same_work and speed.validation_seconds is not None:
        return speed.validation_seconds
    valid = data.splits.get("valid")
    if valid is None:
        return 0.0
    return VALIDATING_SHARE * valid.loss_tokens * _used(valid, config) / speed.tokens_per_second


def _scaled_validation(speed: MeasuredSpeed, config: TrainingConfig, data: DataStatistics) -> float:
    valid, found = data.splits.get("valid"), speed.found
    if valid is None or not found.validation_tokens:
        return found.validation_seconds
    return found.validation_seconds * valid.tokens * _used(valid, config) / found.validation_tokens


def _used(valid: SplitStatistics, config: TrainingConfig) -> float:
    """The share of the validation rows that one validation reads."""
    if config.val_batches < 0 or config.batch_tokens is not None:
        return 1.0
    return min(1.0, config.val_batches * config.batch_size / max(1, valid.rows))

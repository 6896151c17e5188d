"""What presets are made from, and the batches that follow from it. Pure: knows numbers, not files and not models."""

from dataclasses import dataclass

from backend.datasets.schemas import SuggestedSettings

ROWS_A_STEP = 8
STEPS_AN_EPOCH = 8
TOKENS_A_BATCH = ((1e9, 8192), (4e9, 4096), (float("inf"), 2048))
"""By the model's parameters: the most tokens that a batch computes at once. What does not fit is accumulated."""

ROUND_LENGTH = 64
OUTLIER = 2
"""Rows more than this many times as long as 99% of all are cut, so that they do not set the memory of the run."""


@dataclass(frozen=True)
class Facts:
    """Of the training rows that carry loss, of how many rows to validate on, of the model, and `measured` where the
    data set brings settings that were measured on this model."""

    rows: int
    p99: int
    longest: int
    validation_rows: int
    parameters: int
    hidden_size: int
    context_length: int | None
    measured: SuggestedSettings | None = None


@dataclass(frozen=True)
class Batching:
    batch_size: int
    grad_accumulation_steps: int
    max_seq_length: int

    @property
    def rows_a_step(self) -> int:
        return self.batch_size * self.grad_accumulation_steps


@dataclass(frozen=True)
class Epoch:
    """What one pass over the data comes to with some batching; `truncated` rows are cut."""

    batches: int
    tokens: int
    truncated: int


def batching_for(facts: Facts) -> Batching:
    """Steps of few rows, since large batches cost LoRA more than full fine-tuning ("LoRA Without Regret", 2025), and of
    fewer where there are so few rows that an epoch would be no more than a few steps."""
    if facts.measured is not None:
        return Batching(facts.measured.batch_size, 1, facts.measured.max_seq_length)
    max_seq_length = _cut(facts)
    wanted = _halved(ROWS_A_STEP, facts.rows // STEPS_AN_EPOCH)
    room = next(tokens for parameters, tokens in TOKENS_A_BATCH if facts.parameters <= parameters)
    batch_size = _halved(wanted, room // max_seq_length)
    return Batching(batch_size, wanted // batch_size, max_seq_length)


def _cut(facts: Facts) -> int:
    """Keeps every row whole within the model's context, or 99% where the rest are much longer."""
    covered = facts.longest if facts.longest <= OUTLIER * facts.p99 else facts.p99
    rounded = -(-covered // ROUND_LENGTH) * ROUND_LENGTH
    return min(rounded, facts.context_length or rounded)


def _halved(number: int, most: int) -> int:
    """`number`, a power of two, halved until it is at most `most`; at least 1."""
    while number > max(1, most):
        number //= 2
    return number

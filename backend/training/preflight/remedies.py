"""What to change so that a run fits into memory, from what cost least to what costs most. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from backend.lora.estimate import Measurements, Range, peak_bytes
from backend.training.config import TrainingConfig
from backend.training.preflight.run_shape import run_shape
from backend.training.preflight.schemas import Remedy

SHORTEST_SEQUENCE = 128

Peak = Callable[[TrainingConfig], Range]
"""What the whole process takes at its most with such settings."""


def remedies(found: Measurements, config: TrainingConfig) -> list[Remedy]:
    """By what was measured."""

    def peak(changed: TrainingConfig) -> Range:
        measured_with = run_shape(config, has_validation=False)
        return peak_bytes(found, run_shape(changed, has_validation=False), measured_with).plus(found.other_bytes)

    return remedies_by(peak, config, max(found.lengths), found.limit_bytes)


def remedies_by(peak: Peak, config: TrainingConfig, longest: int, limit_bytes: int) -> list[Remedy]:
    """Each holds the changes before it too; the first that fits is the last. Empty where nothing is left to change.

    `longest` is the length of the longest example in tokens, before it is cut.
    """
    tried = []
    changes: dict[str, Any] = {}
    for more in _candidates(config, longest):
        changes = changes | more
        expected = peak(config.model_copy(update=changes))
        remedy = Remedy(
            changes=changes,
            words=_in_words(changes),
            peak_memory_bytes=expected,
            fits=expected.high <= limit_bytes,
        )
        tried.append(remedy)
        if remedy.fits:
            break
    return tried


def _candidates(config: TrainingConfig, longest: int) -> Iterator[dict[str, Any]]:
    if not config.grad_checkpoint:
        yield {"grad_checkpoint": True}
    rows, accumulated = config.batch_size, config.grad_accumulation_steps
    tokens = config.batch_tokens
    longest = min(config.max_seq_length, longest)
    while tokens is not None and tokens > longest:
        tokens, accumulated = max(longest, tokens // 2), accumulated * 2
        yield {"batch_tokens": tokens, "grad_accumulation_steps": accumulated}
    while tokens is None and rows > 1:
        rows, accumulated = -(-rows // 2), accumulated * 2
        yield {"batch_size": rows, "grad_accumulation_steps": accumulated}
    while longest // 2 >= SHORTEST_SEQUENCE:
        longest = _power_of_two_below(longest)
        yield {"max_seq_length": longest}


def _power_of_two_below(number: int) -> int:
    return 1 << (number - 1).bit_length() - 1


def _in_words(changes: dict[str, Any]) -> str:
    words = []
    if "grad_checkpoint" in changes:
        words.append("gradient checkpointing, for about a third more time")
    if "batch_size" in changes:
        words.append(
            f"batches of {changes['batch_size']}, {changes['grad_accumulation_steps']} of them a step, "
            "which learn the same"
        )
    if "batch_tokens" in changes:
        words.append(
            f"batches of {changes['batch_tokens']:,} tokens, {changes['grad_accumulation_steps']} of them a step, "
            "which learn the same"
        )
    if "max_seq_length" in changes:
        words.append(f"longer examples cut at {changes['max_seq_length']:,} tokens")
    return "; ".join(words)

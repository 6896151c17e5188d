"""Checks the values of a TrainingConfig, in words. Pure: knows ranges, not files and not MLX.

What a method makes of them (rank, alpha, targets, DoRA, full fine-tuning) is in method_values.py.
"""

import math
import re
from collections.abc import Iterator

from backend.errors import AppError, FieldMessage
from backend.models.schemas import ConfigWarning
from backend.training.config import TrainingConfig
from backend.training.planning.learning_rate import comparable_learning_rate
from backend.training.planning.method_values import method_problems, method_warnings

LARGE_LEARNING_RATE = 1e-3
"""Above it, as comparable learning rate, most public runs diverged; full fine-tuning bears a tenth."""

LARGEST_RANK = 16_384
LARGEST_WHOLE = 2**32 - 1
LARGEST_FLOAT = 3.4e38
"""The range of float32, in which adapters are trained."""

AT_LEAST_ONE = (
    "batch_size",
    "grad_accumulation_steps",
    "iterations",
    "steps_per_report",
    "steps_per_eval",
    "save_every",
    "patience",
    "local_processes",
)
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")
"""A host name or an IPv4 address: MLX's ring cannot be told IPv6 addresses."""
MOST_PROCESSES = 64


class InvalidConfig(AppError):
    code = "invalid_config"


def check_values(config: TrainingConfig, model_layers: int | None) -> None:
    """Raises InvalidConfig with every field that is wrong; `model_layers` None where the model cannot be read."""
    problems: list[FieldMessage] = [
        {"field": field, "message": message}
        for part in (_too_large(config), method_problems(config, model_layers), _problems(config))
        for field, message in part
    ]
    if problems:
        raise InvalidConfig(" ".join(problem["message"] for problem in problems), fields=problems)


def warn_about_values(config: TrainingConfig) -> list[ConfigWarning]:
    warnings = [*method_warnings(config), *_warnings(config)]
    return [ConfigWarning(field=field, message=message) for field, message in warnings]


def _problems(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    if not (math.isfinite(config.learning_rate) and config.learning_rate > 0):
        yield "learning_rate", f"The learning rate must be above 0, not {config.learning_rate:g}; 1e-4 is usual."
    if config.max_seq_length < 2:
        yield "max_seq_length", f"The longest sequence must be at least 2 tokens, not {config.max_seq_length}."
    if config.batch_tokens is not None and config.batch_tokens < 2:
        yield "batch_tokens", f"A batch must have room for at least 2 tokens, not {config.batch_tokens}."
    if config.val_batches == 0 or config.val_batches < -1:
        yield "val_batches", f"Validation batches must be -1 for all, or at least 1, not {config.val_batches}."
    if config.seed < 0:
        yield "seed", f"The seed must be 0 or more, not {config.seed}."
    for field in AT_LEAST_ONE:
        if (value := getattr(config, field)) < 1:
            yield field, f"'{TrainingConfig.model_fields[field].title}' must be at least 1, not {value}."
    yield from _optimizer_problems(config)
    yield from _machine_problems(config)


def _optimizer_problems(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    decay = config.weight_decay
    if decay is not None and not (math.isfinite(decay) and decay >= 0):
        yield "weight_decay", f"Weight decay must be 0 or more, not {decay:g}; 0.01 is usual."
    elif decay and config.optimizer == "adam":
        yield "weight_decay", "Adam has no weight decay here: AdamW is Adam with weight decay. Choose adamw."
    if config.warmup_steps < 0:
        yield "warmup_steps", f"Warm-up must be 0 steps or more, not {config.warmup_steps}."
    elif config.warmup_steps >= config.iterations > 0:
        yield (
            "warmup_steps",
            f"Warm-up takes {config.warmup_steps} steps, but the run has only {config.iterations}; "
            "a few percent of them is usual.",
        )
    norm = config.max_grad_norm
    if norm is not None and not (math.isfinite(norm) and norm > 0):
        yield "max_grad_norm", f"Gradients can be clipped at a norm above 0, not {norm:g}; 1 is usual."


def _machine_problems(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    for host in config.hosts:
        if not HOST.fullmatch(host):
            yield "hosts", f"'{host}' is no name or IPv4 address of a machine, such as mac-studio.local or 10.0.0.2."
    if len(config.hosts) == 1:
        yield "hosts", f"{config.hosts[0]} is one machine alone: name this one first and then the others, or none."
    repeated = next((host for host in config.hosts if config.hosts.count(host) > 1), None)
    if repeated is not None:
        yield "hosts", f"{repeated} is named twice; every machine is named once."
    if config.local_processes > MOST_PROCESSES:
        yield "local_processes", f"One machine can train with at most {MOST_PROCESSES} processes."
    if config.hosts and config.local_processes > 1:
        yield (
            "local_processes",
            f"Processes on this machine ({config.local_processes}) and other machines cannot be combined: "
            "leave hosts empty, or set processes to 1.",
        )


def _too_large(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    for field, value in config:
        limit: float | None = None
        if isinstance(value, int):
            limit = LARGEST_RANK if field in ("lora_rank", "expert_rank") else LARGEST_WHOLE
        elif isinstance(value, float) and math.isfinite(value):
            limit = LARGEST_FLOAT
        if limit is not None and value > limit:
            yield field, f"'{TrainingConfig.model_fields[field].title}' must be at most {limit}."
    for pattern, rank in config.rank_pattern.items():
        if rank > LARGEST_RANK:
            yield "rank_pattern", f"The rank of {pattern} must be at most {LARGEST_RANK}."


def _warnings(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    comparable = comparable_learning_rate(config)
    limit = LARGE_LEARNING_RATE / 10 if config.fine_tune_type == "full" else LARGE_LEARNING_RATE
    if comparable > limit:
        yield (
            "learning_rate",
            f"Learning rate {config.learning_rate:g} is above the usual range for full fine-tuning, which ends at "
            f"{limit:g}; the loss may diverge."
            if config.fine_tune_type == "full"
            else f"Learning rate {config.learning_rate:g} with multiplier {config.scale:g} at rank {config.lora_rank} "
            f"does what {comparable:.2g} does at rank 32 with multiplier 1. The usual range ends at {limit:g}; "
            "the loss may diverge.",
        )
    if config.batch_tokens is not None and "batch_size" in config.model_fields_set and config.batch_size != 1:
        yield "batch_size", "The batch size is not used: a batch has as many examples as fit into its tokens."

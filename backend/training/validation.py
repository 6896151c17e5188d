"""Checks the values of a TrainingConfig, in words. Pure: knows ranges, not files and not MLX."""

import math
from collections.abc import Iterator

from backend.errors import AppError, FieldMessage
from backend.models.schemas import ConfigWarning
from backend.training.config import TrainingConfig

LARGE_RANK = 256
LARGE_LEARNING_RATE = 1e-3


class InvalidConfig(AppError):
    code = "invalid_config"


def check_values(config: TrainingConfig, model_layers: int | None) -> None:
    """Raises InvalidConfig with every field that is wrong; `model_layers` None where the model cannot be read."""
    problems: list[FieldMessage] = [
        {"field": field, "message": message} for field, message in _problems(config, model_layers)
    ]
    if problems:
        raise InvalidConfig(" ".join(problem["message"] for problem in problems), fields=problems)


def warn_about_values(config: TrainingConfig) -> list[ConfigWarning]:
    return [ConfigWarning(field=field, message=message) for field, message in _warnings(config)]


LARGEST_RANK = 16_384
LARGEST_WHOLE = 2**32 - 1
LARGEST_FLOAT = 3.4e38
"""The range of float32, in which adapters are trained."""


def _problems(config: TrainingConfig, model_layers: int | None) -> Iterator[tuple[str, str]]:
    yield from _too_large(config)
    if config.lora_rank < 1:
        yield "lora_rank", f"The LoRA rank must be at least 1, not {config.lora_rank}; 8 to 64 is typical."
    if not 0 <= config.lora_dropout < 1:
        yield (
            "lora_dropout",
            f"LoRA dropout must be at least 0 and below 1, not {config.lora_dropout:g}; 0 is usual.",
        )
    yield from _layer_problems(config.lora_num_layers, model_layers)
    if not (math.isfinite(config.lora_alpha) and config.lora_alpha > 0):
        yield "lora_alpha", f"LoRA alpha must be above 0, not {config.lora_alpha:g}; it is usually equal to the rank."
    if config.lora_scale is not None and not (math.isfinite(config.lora_scale) and config.lora_scale > 0):
        yield "lora_scale", f"The scale must be above 0, not {config.lora_scale:g}; leave it out to use alpha / rank."
    if not (math.isfinite(config.learning_rate) and config.learning_rate > 0):
        yield "learning_rate", f"The learning rate must be above 0, not {config.learning_rate:g}; 1e-4 is usual."
    if config.targets == "custom" and not config.lora_keys:
        yield "lora_keys", "A custom choice of modules needs at least one key, such as self_attn.q_proj."
    if config.targets != "custom" and config.lora_keys:
        yield (
            "lora_keys",
            f"Keys are given with a custom choice of modules only; the choice here is '{config.targets}'.",
        )
    if config.max_seq_length < 2:
        yield "max_seq_length", f"The longest sequence must be at least 2 tokens, not {config.max_seq_length}."
    if config.val_batches == 0 or config.val_batches < -1:
        yield "val_batches", f"Validation batches must be -1 for all, or at least 1, not {config.val_batches}."
    if config.seed < 0:
        yield "seed", f"The seed must be 0 or more, not {config.seed}."
    for field in ("batch_size", "iterations", "steps_per_report", "steps_per_eval", "save_every", "patience"):
        value = getattr(config, field)
        if value < 1:
            title = TrainingConfig.model_fields[field].title
            yield field, f"'{title}' must be at least 1, not {value}."


def _too_large(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    for field, value in config:
        limit: float | None = None
        if isinstance(value, int):
            limit = LARGEST_RANK if field == "lora_rank" else LARGEST_WHOLE
        elif isinstance(value, float) and math.isfinite(value):
            limit = LARGEST_FLOAT
        if limit is not None and value > limit:
            yield field, f"'{TrainingConfig.model_fields[field].title}' must be at most {limit:g}."


def _layer_problems(layers: int, model_layers: int | None) -> Iterator[tuple[str, str]]:
    if layers < -1:
        yield "lora_num_layers", f"Layers must be -1 for all, or the number of last layers to adapt, not {layers}."
    elif model_layers is not None and layers > model_layers:
        yield (
            "lora_num_layers",
            f"The model has {model_layers} layers, so {layers} cannot be adapted; use -1 for all, "
            f"or at most {model_layers}.",
        )


def _warnings(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    if config.lora_rank > LARGE_RANK:
        yield (
            "lora_rank",
            f"Rank {config.lora_rank} is above {LARGE_RANK}: it takes much memory and seldom helps; "
            "8 to 64 is typical.",
        )
    if config.lora_scale is None and config.lora_alpha < config.lora_rank:
        yield (
            "lora_alpha",
            f"Alpha {config.lora_alpha:g} is below rank {config.lora_rank}, so updates are multiplied by only "
            f"{config.scale:.3g}; alpha is usually equal to the rank.",
        )
    if config.scale >= 8:
        yield (
            "lora_alpha" if config.lora_scale is None else "lora_scale",
            f"Updates would be multiplied by {config.scale:g}; 1 is usual, and large multipliers often diverge.",
        )
    if config.learning_rate * config.scale > LARGE_LEARNING_RATE:
        yield (
            "learning_rate",
            f"Learning rate {config.learning_rate:g} with multiplier {config.scale:g} is above the usual range, "
            "which ends at 1e-3; the loss may diverge.",
        )
    if config.lora_dropout > 0.5:
        yield "lora_dropout", f"Dropout {config.lora_dropout:g} removes more than half of each update; 0 is usual."

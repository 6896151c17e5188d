"""Checks what belongs to a method: rank, alpha, targets and layers, DoRA, LoRA+, full fine-tuning. Pure, in words."""

import math
from collections.abc import Iterator

from backend.training.config import TrainingConfig

LARGE_RANK = 256
LARGE_SCALE = 8


def method_problems(config: TrainingConfig, model_layers: int | None) -> Iterator[tuple[str, str]]:
    """Fields that are wrong, with a sentence each; `model_layers` None where the model cannot be read."""
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
    if config.use_rslora and config.lora_scale is not None:
        yield "use_rslora", "Rank-stabilised works out the multiplier from alpha, but a scale is given; leave one out."
    yield from _pattern_problems(config)
    if not (math.isfinite(config.loraplus_lr_ratio) and config.loraplus_lr_ratio >= 1):
        yield (
            "loraplus_lr_ratio",
            f"With LoRA+ B learns at least as fast as A: give 1 for plain LoRA or more, not "
            f"{config.loraplus_lr_ratio:g}; 16 is the published advice.",
        )
    if config.targets == "custom" and not config.lora_keys and config.fine_tune_type != "full":
        yield "lora_keys", "A custom choice of modules needs at least one key, such as self_attn.q_proj."
    if config.targets != "custom" and config.lora_keys:
        yield (
            "lora_keys",
            f"Keys are given with a custom choice of modules only; the choice here is '{config.targets}'.",
        )
    if config.fine_tune_type == "full":
        yield from _full_problems(config)


def method_warnings(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    """What is only unusual; the values are known to be possible."""
    if config.fine_tune_type == "full":
        return
    if config.lora_rank > LARGE_RANK:
        yield (
            "lora_rank",
            f"Rank {config.lora_rank} is above {LARGE_RANK}: it takes much memory and seldom helps; "
            "8 to 64 is typical.",
        )
    if config.lora_scale is None and not config.use_rslora and config.lora_alpha < config.lora_rank:
        yield (
            "lora_alpha",
            f"Alpha {config.lora_alpha:g} is below rank {config.lora_rank}, so updates are multiplied by only "
            f"{config.scale:.3g}; alpha is usually equal to the rank.",
        )
    if config.scale >= LARGE_SCALE:
        yield (
            "lora_alpha" if config.lora_scale is None else "lora_scale",
            f"Updates would be multiplied by {config.scale:g}; 1 is usual, and large multipliers often diverge.",
        )
    if config.lora_dropout > 0.5:
        yield "lora_dropout", f"Dropout {config.lora_dropout:g} removes more than half of each update; 0 is usual."
    if config.lora_dropout > 0 and config.fine_tune_type == "dora":
        yield (
            "lora_dropout",
            "With DoRA, dropout thins only the low-rank update; the size of each weight is learned without it.",
        )


def _layer_problems(layers: int, model_layers: int | None) -> Iterator[tuple[str, str]]:
    if layers < -1:
        yield "lora_num_layers", f"Layers must be -1 for all, or the number of last layers to adapt, not {layers}."
    elif model_layers is not None and layers > model_layers:
        yield (
            "lora_num_layers",
            f"The model has {model_layers} layers, so {layers} cannot be adapted; use -1 for all, "
            f"or at most {model_layers}.",
        )


def _pattern_problems(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    if config.expert_rank is not None and config.expert_rank < 1:
        yield "expert_rank", f"The rank of experts must be at least 1, not {config.expert_rank}."
    for pattern, rank in config.rank_pattern.items():
        if rank < 1:
            yield (
                "rank_pattern",
                f"The rank of {pattern} must be at least 1, not {rank}; leave out what is not adapted.",
            )
    for pattern, alpha in config.alpha_pattern.items():
        if not (math.isfinite(alpha) and alpha > 0):
            yield "alpha_pattern", f"The alpha of {pattern} must be above 0, not {alpha:g}."


def _full_problems(config: TrainingConfig) -> Iterator[tuple[str, str]]:
    """What full fine-tuning would silently ignore."""
    without = "Full fine-tuning changes the model's own weights, so it has no"
    if config.targets != "full":
        yield "targets", f"{without} choice of modules: it changes whole layers. Choose full, and how many last layers."
    if config.lora_dropout > 0:
        yield "lora_dropout", f"{without} LoRA dropout; set it to 0."
    if config.lora_scale is not None:
        yield "lora_scale", f"{without} scale; leave it out."
    if config.use_rslora:
        yield "use_rslora", f"{without} multiplier; switch rank-stabilised off."
    if config.expert_rank is not None:
        yield "expert_rank", f"{without} rank of experts; leave it out."
    if config.rank_pattern:
        yield "rank_pattern", f"{without} ranks; leave them out."
    if config.alpha_pattern:
        yield "alpha_pattern", f"{without} alphas; leave them out."
    if config.loraplus_lr_ratio > 1:
        yield "loraplus_lr_ratio", f"{without} B that could learn faster; set LoRA+ to 1."

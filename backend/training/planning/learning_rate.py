"""Suggests a learning rate and makes learning rates comparable. Pure arithmetic; see "LoRA Without Regret" (2025).

With the update multiplied by `scale`, rank r and learning rate lr train about as fast as rank 32 with multiplier 1 at
scale x r x lr / 32: the comparable learning rate. Its published optimum for LoRA is ten times that of full fine-tuning,
in short runs fifteen times.
"""

import math

from backend.training.config import TrainingConfig

REFERENCE_RANK = 32
FULL_OPTIMUM = 5e-5
LORA_OVER_FULL = 10
LORA_OVER_FULL_IN_SHORT_RUNS = 15
SHORT_RUN = 100
REFERENCE_HIDDEN_SIZE = 2000
HIDDEN_SIZE_EXPONENT = 0.0775
"""Schulman and Thinking Machines, "LoRA Without Regret", 2025: 5e-5 x 10 x (2000 / hidden size)^0.0775 for Qwen."""


def comparable_learning_rate(config: TrainingConfig) -> float:
    """The learning rate that would do the same at rank 32 with multiplier 1; as it stands for full fine-tuning."""
    return config.learning_rate * _strength(config)


def suggested_learning_rate(config: TrainingConfig, hidden_size: int) -> float:
    """The published optimum for a model of this width, at the configured rank, multiplier and number of steps."""
    full = FULL_OPTIMUM * math.pow(REFERENCE_HIDDEN_SIZE / hidden_size, HIDDEN_SIZE_EXPONENT)
    if config.fine_tune_type == "full":
        return full
    over_full = LORA_OVER_FULL_IN_SHORT_RUNS if config.iterations < SHORT_RUN else LORA_OVER_FULL
    return full * over_full / _strength(config)


def _strength(config: TrainingConfig) -> float:
    if config.fine_tune_type == "full":
        return 1.0
    return config.scale * config.lora_rank / REFERENCE_RANK

"""Optimizers as pure functions of their state, and how the learning rate moves."""

import math
from typing import Any

import mlx.core as mx
import mlx.optimizers as optimizers
from mlx.utils import tree_map

from backend.training.config import TrainingConfig

DEFAULT_DECAY = 0.01
CLIPPING_EPSILON = 1e-6


class Optimizer:
    """Updates parameters without keeping anything: what it has to remember goes in and out as a tree of arrays."""

    def __init__(self, config: TrainingConfig) -> None:
        self._kept = _build(config)
        self._max_norm = config.max_grad_norm
        self._ratio = config.loraplus_lr_ratio

    def begin(self, parameters: Any) -> Any:
        """The state before the first update."""
        self._kept.init(parameters)
        return self._kept.state

    def update(self, parameters: Any, state: Any, gradients: Any, learning_rate: mx.array) -> tuple[Any, Any, mx.array]:
        """New parameters, new state, and the gradient's norm before it was clipped (float32 scalar)."""
        norm = global_norm(gradients)
        if self._max_norm is not None:
            factor = mx.minimum(self._max_norm / (norm + CLIPPING_EPSILON), 1.0)
            gradients = tree_map(lambda gradient: gradient * factor.astype(gradient.dtype), gradients)
        if self._ratio == 1:
            state = state | {"learning_rate": learning_rate}
        else:
            rates = learning_rate * self._ratio, learning_rate
            state = {
                "states": [{**each, "learning_rate": rate} for each, rate in zip(state["states"], rates, strict=True)]
            }
        self._kept.state = state
        return self._kept.apply_gradients(gradients, parameters), self._kept.state, norm


def _build(config: TrainingConfig) -> optimizers.Optimizer:
    if config.loraplus_lr_ratio == 1:
        return _single(config)
    # LoRA+ (Hayou et al., 2024): B learns faster than A.
    return optimizers.MultiOptimizer([_single(config), _single(config)], [lambda path, _: path.endswith("lora_b")])


def _single(config: TrainingConfig) -> optimizers.Optimizer:
    decay = config.weight_decay
    match config.optimizer:
        case "adamw":
            return optimizers.AdamW(0.0, weight_decay=DEFAULT_DECAY if decay is None else decay)
        case "muon":
            return optimizers.Muon(0.0, weight_decay=DEFAULT_DECAY if decay is None else decay)
        case "adam":
            return optimizers.Adam(0.0)
        case "sgd":
            return optimizers.SGD(0.0, weight_decay=decay or 0.0)
        case "adafactor":
            # By itself it ignores the learning rate for one of its own, and scales it by weights that begin at zero.
            return optimizers.Adafactor(0.0, relative_step=False, scale_parameter=False, weight_decay=decay or 0.0)


def learning_rate_at(iteration: int, config: TrainingConfig) -> float:
    """The learning rate of a step, counted from 1.

    Rises in `warmup_steps` equal parts, then is constant or falls as a line or half a cosine that would reach zero one
    step after the last.
    """
    warmup, peak = config.warmup_steps, config.learning_rate
    if iteration <= warmup:
        return peak * iteration / warmup
    done = (iteration - 1 - warmup) / max(config.iterations - warmup, 1)
    match config.lr_schedule:
        case "constant":
            return peak
        case "linear":
            return peak * (1 - done)
        case "cosine":
            return peak * (1 + math.cos(math.pi * done)) / 2


def global_norm(gradients: Any) -> mx.array:
    """Euclidean norm over all arrays of a tree, float32 scalar."""
    squares: list[mx.array] = []
    tree_map(lambda gradient: squares.append(mx.square(gradient.astype(mx.float32)).sum()), gradients)
    return mx.sqrt(mx.stack(squares).sum())

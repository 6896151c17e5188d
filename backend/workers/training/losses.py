"""The training loss: cross-entropy over exactly the tokens that count."""

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn

from backend.workers.training.batching import Batch


def summed_loss(
    model: nn.Module, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array
) -> mx.array:
    """Weighted sum of -log p(label) over the positions; float32 scalar. Shapes as in `Batch`."""
    logits = model(inputs)
    picked = logits.reshape(-1, logits.shape[-1])[positions].astype(mx.float32)
    return (nn.losses.cross_entropy(picked, labels, reduction="none") * weights).sum()


def mean_loss(model: nn.Module, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
    """Mean over the tokens that count; what a step descends. The batch must have at least one."""
    return summed_loss(model, inputs, positions, labels, weights) / weights.sum()


def evaluate(model: nn.Module, batches: list[Batch], given_up: Callable[[], bool] = lambda: False) -> float | None:
    """Mean loss over all tokens that count in `batches`, each token weighing the same. The model's mode is kept.

    None where `given_up`, asked before every batch, said so.
    """
    was_training = model.training
    model.eval()
    total, tokens = 0.0, 0
    for batch in batches:
        if given_up():
            model.train(was_training)
            return None
        loss: Any = summed_loss(model, batch.inputs, batch.positions, batch.labels, batch.weights).item()
        total += loss
        tokens += batch.tokens
    model.train(was_training)
    return total / tokens

"""The training loss: cross-entropy over exactly the tokens that count."""

from collections.abc import Callable

import mlx.core as mx
import mlx.nn as nn

from backend.workers.training.engine.fused_loss import chunked_loss, fused_loss
from backend.workers.training.engine.head import split

NO_SPLIT = (
    "The output layer of this model cannot be told apart from its other layers, so the logits of all tokens are held "
    "in memory at once: long sequences and large batches take more memory than they do with other models."
)


class SummedLoss:
    """Weighted sum of -log p(label) over listed positions, with logits for a few of them at a time.

    Made once the model has all its trainable parameters. `note` says so where the model's type rules this out and
    all logits are held.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._split = split(model)
        self.note = None if self._split else NO_SPLIT

    def differentiable(self, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
        """Float32 scalar; its gradient reaches every trainable parameter. Shapes as in `Batch`."""
        return self._chunked(fused_loss, inputs, positions, labels, weights)

    def evaluate(self, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
        """The same scalar, where no gradient is wanted."""
        return self._chunked(chunked_loss, inputs, positions, labels, weights)

    def _chunked(
        self,
        loss: Callable[..., mx.array],
        inputs: mx.array,
        positions: mx.array,
        labels: mx.array,
        weights: mx.array,
    ) -> mx.array:
        if self._split is None:
            return summed_loss(self._model, inputs, positions, labels, weights)
        hidden = self._split.hidden(inputs)
        picked = hidden.reshape(-1, hidden.shape[-1])[positions]
        values = [parameter.value for parameter in self._split.parameters]
        return loss(self._split.logits, self._split.vocabulary, picked, values, labels, weights)


def summed_loss(
    model: nn.Module, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array
) -> mx.array:
    """What SummedLoss computes, from all logits at once."""
    logits = model(inputs)
    picked = logits.reshape(-1, logits.shape[-1])[positions].astype(mx.float32)
    return (nn.losses.cross_entropy(picked, labels, reduction="none") * weights).sum()


def mean_loss(model: nn.Module, inputs: mx.array, positions: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
    """Mean over the tokens that count; what a step descends. The batch must have at least one."""
    return summed_loss(model, inputs, positions, labels, weights) / weights.sum()

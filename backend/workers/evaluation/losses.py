"""Losses of single examples under whatever weights a model carries. Knows models and token ids, not adapters."""

from collections.abc import Sequence

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from backend.errors import AppError
from backend.workers.base_model import has_gpu
from backend.workers.evaluation.parts import Example
from backend.workers.training.data.batching import Batch, collate
from backend.workers.training.engine.fused_loss import chunk_slices
from backend.workers.training.engine.head import split

CPU_BATCH_TOKENS = 1024
GPU_BATCH_TOKENS = 8192


class NotFinite(AppError):
    """The weights compute no loss."""

    code = "nan"


class ExampleLosses:
    """Losses without gradients, with the logits of a few tokens at a time where the model's head can be told apart."""

    def __init__(self, model: nn.Module) -> None:
        model.freeze()  # no parameter trains here, so none of the head's need a gradient
        self._model = model
        self._split = split(model)

    def sums(self, examples: Sequence[Example]) -> list[float]:
        """For each example, the sum of -log p over its tokens that count. Raises NotFinite.

        Probabilities are computed in float32 from the logits, and summed in float64.
        """
        batch = collate([example.encoded for example in examples])
        losses = np.array(self._token_losses(batch)).astype(np.float64)
        if not np.isfinite(losses).all():
            raise NotFinite("These weights compute NaN or infinity here: they are damaged.")
        rows = np.array(batch.positions) // batch.inputs.shape[1]
        return [float(total) for total in np.bincount(rows, weights=losses, minlength=len(examples))]

    def _token_losses(self, batch: Batch) -> mx.array:
        """Float32 (N,) at the batch's N positions."""
        if self._split is None:
            logits = self._model(batch.inputs)
            return _cross_entropy(logits.reshape(-1, logits.shape[-1])[batch.positions], batch.labels)
        hidden = self._split.hidden(batch.inputs)
        picked = hidden.reshape(-1, hidden.shape[-1])[batch.positions]
        losses = []
        for chunk in chunk_slices(len(batch.labels), self._split.vocabulary):
            losses.append(_cross_entropy(self._split.logits(picked[chunk]), batch.labels[chunk]))
            mx.eval(losses[-1])
        return mx.concatenate(losses)


def batches(examples: Sequence[Example], limit_tokens: int | None = None) -> list[list[Example]]:
    """All examples, those of similar length together; at most `limit_tokens` with padding, or one longer example."""
    limit_tokens = limit_tokens or (GPU_BATCH_TOKENS if has_gpu() else CPU_BATCH_TOKENS)
    made: list[list[Example]] = []
    for example in sorted(examples, key=lambda example: example.fed):
        if made and (len(made[-1]) + 1) * example.fed <= limit_tokens:
            made[-1].append(example)
        else:
            made.append([example])
    return made


def _cross_entropy(logits: mx.array, labels: mx.array) -> mx.array:
    """-log p(label), float32 (N,), from logits (N, V)."""
    return nn.losses.cross_entropy(logits.astype(mx.float32), labels, reduction="none")

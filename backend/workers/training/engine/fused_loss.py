"""Cross-entropy in one pass over the positions that carry loss, without ever holding all logits.

Logits come chunk by chunk, and each chunk's gradient is formed right after them, so that neither outlives its chunk,
also under `mx.compile`. Knows hidden states and a head, not models.
"""

from collections.abc import Callable
from typing import Any

import mlx.core as mx

CHUNK_BYTES = 32 << 20
"""Size of the float32 logits of one chunk; a chunk's gradient and its temporaries take a few times that."""

Head = Callable[..., mx.array]
"""Hidden states (N, D) and trainable parameters of any shapes to logits (N, V)."""


def fused_loss(
    head: Head, vocabulary: int, hidden: mx.array, parameters: list[mx.array], labels: mx.array, weights: mx.array
) -> mx.array:
    """Sum of -weight * log p(label), float32 scalar, with its gradient for `hidden` and `parameters`.

    `hidden` (N, D) of any floating dtype, `labels` int32 (N,), `weights` float32 (N,), N at least 1. The gradients
    of `parameters` are summed in float32 over the chunks; each gradient has the dtype of its array. That of `weights`
    is not formed: they are numbers, not something that trains.
    """
    chunks = chunk_slices(hidden.shape[0], vocabulary)
    gradient_of_chunk = mx.value_and_grad(_loss_of_chunk(head), argnums=2)

    @mx.custom_function
    def run(hidden: mx.array, labels: mx.array, weights: mx.array, *parameters: mx.array) -> list[mx.array]:
        total = mx.array(0.0)
        slopes: list[mx.array] = []
        sums = [mx.zeros(value.shape) for value in parameters]
        for chunk in chunks:
            part = mx.depends([hidden[chunk]], [total, *slopes[-1:], *sums])[0]
            loss, (slope, *more) = gradient_of_chunk(labels[chunk], weights[chunk], [part, *parameters])
            total = total + loss
            slopes.append(slope)
            sums = [so_far + new.astype(mx.float32) for so_far, new in zip(sums, more, strict=True)]
        return [total, mx.concatenate(slopes), *sums]

    @run.vjp
    def pass_on(primals: Any, cotangents: Any, outputs: Any) -> Any:
        hidden, labels, weights, *parameters = primals
        slopes = (
            (slope * cotangents[0]).astype(value.dtype)
            for slope, value in zip(outputs[1:], [hidden, *parameters], strict=True)
        )
        return next(slopes), mx.zeros_like(labels), mx.zeros_like(weights), *slopes

    outputs: Any = run(hidden, labels, weights, *parameters)
    loss: mx.array = outputs[0]
    return loss


def chunked_loss(
    head: Head, vocabulary: int, hidden: mx.array, parameters: list[mx.array], labels: mx.array, weights: mx.array
) -> mx.array:
    """The same sum without a gradient."""
    total = mx.array(0.0)
    for chunk in chunk_slices(hidden.shape[0], vocabulary):
        part = mx.depends([hidden[chunk]], [total])[0]
        total = total + _cross_entropy(head(part, *parameters), labels[chunk], weights[chunk])
    return total


def chunk_slices(count: int, vocabulary: int) -> list[slice]:
    """Slices that cover `count` rows, as equal as can be, none with float32 logits of more than CHUNK_BYTES."""
    limit = max(1, CHUNK_BYTES // (4 * vocabulary))
    rows = -(-count // -(-count // limit))
    return [slice(start, min(start + rows, count)) for start in range(0, count, rows)]


def _loss_of_chunk(head: Head) -> Callable[..., mx.array]:
    def loss(labels: mx.array, weights: mx.array, inputs: list[mx.array]) -> mx.array:
        return _cross_entropy(head(*inputs), labels, weights)

    return loss


def _cross_entropy(logits: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
    """Sum of -weight * log p(label), float32 scalar, from logits (N, V).

    Its gradient in the logits, weight * (p - onehot(label)), is written out: that of logsumexp and of the choice of the
    label's logit would hold several more arrays of their size.
    """

    @mx.custom_function
    def run(logits: mx.array, labels: mx.array, weights: mx.array) -> list[mx.array]:
        wide = logits.astype(mx.float32)
        log_sum = mx.logsumexp(wide, axis=-1, keepdims=True)
        picked = mx.take_along_axis(wide, labels[:, None], axis=-1)
        return [((log_sum - picked)[:, 0] * weights).sum(), log_sum, picked]

    @run.vjp
    def slope(primals: Any, cotangents: Any, outputs: Any) -> Any:
        logits, labels, weights = primals
        _, log_sum, picked = outputs
        scale = (weights * cotangents[0])[:, None]
        everywhere = (mx.exp(logits.astype(mx.float32) - log_sum) * scale).astype(logits.dtype)
        at_label = ((mx.exp(picked - log_sum) - 1) * scale).astype(logits.dtype)
        slope = mx.put_along_axis(everywhere, labels[:, None], at_label, axis=-1)
        return slope, mx.zeros_like(labels), mx.zeros_like(weights)

    outputs: Any = run(logits, labels, weights)
    loss: mx.array = outputs[0]
    return loss

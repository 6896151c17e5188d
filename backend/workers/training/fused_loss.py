"""Cross-entropy in one pass over the positions that carry loss, without ever holding all logits.

Logits come chunk by chunk, and each chunk's gradient is formed right after them, so that neither outlives its chunk,
also under `mx.compile`. Knows hidden states and a head, not models.
"""

from collections.abc import Callable
from typing import Any

import mlx.core as mx

CHUNK_BYTES = 64 << 20
"""Size of the float32 logits of one chunk; a chunk's gradient and its temporaries take a few times that."""

Head = Callable[..., mx.array]
"""Hidden states (N, D) and trainable parameters of any shapes to logits (N, V)."""


def fused_loss(
    head: Head, vocabulary: int, hidden: mx.array, parameters: list[mx.array], labels: mx.array, weights: mx.array
) -> mx.array:
    """Sum of -weight * log p(label), float32 scalar, with its gradient for `hidden` and `parameters`.

    `hidden` (N, D) of any floating dtype, `labels` int32 (N,), `weights` float32 (N,), N at least 1. The gradients
    of `parameters` are summed in float32 over the chunks; each gradient has the dtype of its array.
    """
    chunks = chunk_slices(hidden.shape[0], vocabulary)
    gradient_of_chunk = mx.value_and_grad(_surrogate(head), argnums=2)

    @mx.custom_function
    def run(hidden: mx.array, labels: mx.array, weights: mx.array, *parameters: mx.array) -> list[mx.array]:
        total = mx.array(0.0)
        slopes: list[mx.array] = []
        sums = [mx.zeros(value.shape) for value in parameters]
        for chunk in chunks:
            part = mx.depends([hidden[chunk]], [total, *slopes[-1:], *sums])[0]
            (_, loss), (slope, *more) = gradient_of_chunk(labels[chunk], weights[chunk], [part, *parameters])
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
        logits = head(part, *parameters).astype(mx.float32)
        total = total + (_losses(logits, labels[chunk]) * weights[chunk]).sum()
    return total


def chunk_slices(count: int, vocabulary: int) -> list[slice]:
    """Slices that cover `count` rows, as equal as can be, none with float32 logits of more than CHUNK_BYTES."""
    limit = max(1, CHUNK_BYTES // (4 * vocabulary))
    rows = -(-count // -(-count // limit))
    return [slice(start, min(start + rows, count)) for start in range(0, count, rows)]


def _surrogate(head: Head) -> Callable[..., tuple[mx.array, mx.array]]:
    """A sum whose gradient is that of the loss, and the loss.

    The slope of the loss in the logits, weight * (p - onehot(label)), is written out: differentiating logsumexp and
    the choice of the label's logit would keep several arrays of that size more.
    """

    def surrogate(labels: mx.array, weights: mx.array, inputs: list[mx.array]) -> tuple[mx.array, mx.array]:
        logits = head(*inputs)
        wide = mx.stop_gradient(logits).astype(mx.float32)
        log_sum = mx.logsumexp(wide, axis=-1, keepdims=True)
        picked = mx.take_along_axis(wide, labels[:, None], axis=-1)
        slope = mx.exp(wide - log_sum) * weights[:, None]
        at_label = (mx.exp(picked - log_sum) - 1) * weights[:, None]
        slope = mx.put_along_axis(slope, labels[:, None], at_label, axis=-1)
        loss = ((log_sum - picked)[:, 0] * weights).sum()
        return (logits * mx.stop_gradient(slope).astype(logits.dtype)).sum(), loss

    return surrogate


def _losses(logits: mx.array, labels: mx.array) -> mx.array:
    """-log p(label) (N,) from float32 logits (N, V)."""
    picked = mx.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
    return mx.logsumexp(logits, axis=-1) - picked

"""Self-attention over a chunk of queries at a time, so that its gradient takes memory linear in the length.

MLX's own gradient of attention holds the scores of all queries against all keys. Here the backward pass computes them
anew for one chunk after another, and a causal chunk sees only the keys up to its end.
"""

from collections.abc import Callable
from typing import Any

import mlx.core as mx

SCORES_BYTES = 16 << 20
"""Size of the float32 scores of one chunk."""
SHORTEST = 512
"""Queries from which on chunks are worth it."""

Attention = Callable[..., mx.array]


def install_chunked_attention() -> None:
    """Put chunked attention in the place of `mx.fast.scaled_dot_product_attention`, for the life of the process."""
    original = mx.fast.scaled_dot_product_attention
    if not isinstance(original, ChunkedAttention):
        mx.fast.scaled_dot_product_attention = ChunkedAttention(original)


class ChunkedAttention:
    """Called as `mx.fast.scaled_dot_product_attention`; short inputs and those with a cache go to the original."""

    def __init__(self, original: Attention) -> None:
        self._original = original

    def __call__(
        self,
        q: mx.array,
        k: mx.array,
        v: mx.array,
        *,
        scale: float,
        mask: str | mx.array | None = None,
        sinks: mx.array | None = None,
        **others: Any,
    ) -> mx.array:
        """q (B, Hq, L, D), k (B, Hk, L, D), v (B, Hk, L, Dv) to (B, Hq, L, Dv)."""
        length = q.shape[-2]
        if length < SHORTEST or length != k.shape[-2] or others:
            return self._original(q, k, v, scale=scale, mask=mask, sinks=sinks, **others)
        return _Chunks(self._original, q, scale, mask, sinks).attend(q, k, v)


class _Chunks:
    """One call's way through its chunks. Arrays beside q, k and v, where there are any, travel as `more`."""

    def __init__(
        self, original: Attention, q: mx.array, scale: float, mask: str | mx.array | None, sinks: mx.array | None
    ) -> None:
        self._original = original
        self._scale = scale
        self._causal = mask == "causal" if isinstance(mask, str) else False
        self._mask = mask if isinstance(mask, mx.array) else None
        self._sinks = sinks
        rows, heads, length, _ = q.shape
        limit = max(1, SCORES_BYTES // (4 * rows * heads * length))
        size = -(-length // -(-length // limit))
        self._starts = range(0, length, size)
        self._size = size

    def attend(self, q: mx.array, k: mx.array, v: mx.array) -> mx.array:
        more = [array for array in (self._mask, self._sinks) if array is not None]

        @mx.custom_function
        def run(q: mx.array, k: mx.array, v: mx.array, *more: mx.array) -> mx.array:
            return self._forward(q, k, v, *more)

        @run.vjp
        def gradient(primals: Any, cotangent: Any, _: Any) -> Any:
            return self._backward(cotangent, *primals)

        output: Any = run(q, k, v, *more)
        return output  # type: ignore[no-any-return]

    def _forward(self, q: mx.array, k: mx.array, v: mx.array, *more: mx.array) -> mx.array:
        outputs: list[mx.array] = []
        for start in self._starts:
            part = self._part(start, q, k, v, *more)
            part[0] = mx.depends([part[0]], outputs[-1:])[0] if outputs else part[0]
            outputs.append(self._attention(*part))
        return mx.concatenate(outputs, axis=-2)

    def _backward(self, cotangent: mx.array, q: mx.array, k: mx.array, v: mx.array, *more: mx.array) -> Any:
        slopes: list[mx.array] = []
        sums = [mx.zeros(array.shape, dtype=mx.float32) for array in (k, v, *more)]
        for start in self._starts:
            part = self._part(start, q, k, v, *more)
            part[0] = mx.depends([part[0]], [*slopes[-1:], *sums[:2]])[0]
            part_of_cotangent = cotangent[..., start : start + self._size, :]
            _, (slope, *others) = mx.vjp(self._attention, part, [part_of_cotangent])
            slopes.append(slope)
            places = self._places(start, k, v, *more)
            sums = [
                so_far.at[place].add(new.astype(mx.float32))
                for so_far, place, new in zip(sums, places, others, strict=True)
            ]
        totals = (total.astype(array.dtype) for total, array in zip(sums, (k, v, *more), strict=True))
        return mx.concatenate(slopes, axis=-2), *totals

    def _part(self, start: int, q: mx.array, k: mx.array, v: mx.array, *more: mx.array) -> list[mx.array]:
        """What the chunk of queries from `start` on sees."""
        places = self._places(start, k, v, *more)
        queries = q[..., start : start + self._size, :]
        return [queries, *(array[place] for array, place in zip((k, v, *more), places, strict=True))]

    def _places(self, start: int, k: mx.array, v: mx.array, *more: mx.array) -> list[Any]:
        """Where that lies in k, v, mask and sinks."""
        end = min(start + self._size, k.shape[-2])
        keys = (..., slice(0, end if self._causal else k.shape[-2]), slice(None))
        places: list[Any] = [keys, keys]
        if self._mask is not None:
            of_queries = self._mask.ndim >= 2 and self._mask.shape[-2] > 1
            places.append((..., slice(start, end), slice(None)) if of_queries else ...)
        if self._sinks is not None:
            places.append(...)
        return places

    def _attention(self, q: mx.array, k: mx.array, v: mx.array, *more: mx.array) -> mx.array:
        extra = list(more)
        mask: Any = extra.pop(0) if self._mask is not None else "causal" if self._causal else None
        sinks = extra.pop(0) if self._sinks is not None else None
        return self._original(q, k, v, scale=self._scale, mask=mask, sinks=sinks)

"""Chooses the next token of a row. Each row draws with a key of its own, whatever else is in its batch."""

import math
import secrets

import mlx.core as mx
from mlx_lm.sample_utils import LogitsProcessor, Sampler, greedy_sampler, make_repetition_penalty

from backend.inference.schemas import Sampling

SMALLEST_TEMPERATURE = 1e-4
"""Below it sampling is greedy anyway, and dividing by it would overflow."""
REPETITION_CONTEXT = 20
"""So many of the last tokens count as said, prompt and answer alike; mlx-lm's own number."""


def make_row_sampler(sampling: Sampling) -> Sampler:
    """Greedy rows all get the same function, so that a batch of them is sampled at once."""
    return greedy_sampler if sampling.temperature < SMALLEST_TEMPERATURE else RowSampler(sampling)


def make_row_processors(sampling: Sampling) -> list[LogitsProcessor]:
    if sampling.repetition_penalty == 1:
        return []
    return [make_repetition_penalty(sampling.repetition_penalty, REPETITION_CONTEXT)]


class RowSampler:
    """Draws one token after another. The same seed draws the same, and each call uses the next key of its sequence."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._key = mx.random.key(secrets.randbits(53) if sampling.seed is None else sampling.seed)

    def __call__(self, logprobs: mx.array) -> mx.array:
        """logprobs: (1, vocabulary), normalised -> the token: (1,)."""
        self._key, key = mx.random.split(self._key)
        kept = keep_likely(logprobs.astype(mx.float32), self._sampling)
        return mx.random.categorical(kept * (1 / self._sampling.temperature), key=key)


def keep_likely(logprobs: mx.array, sampling: Sampling) -> mx.array:
    """Minus infinity for every token that top_k, top_p or min_p cut off; each looks at all tokens, as in mlx-lm.

    logprobs: (1, vocabulary), normalised. A top_k of the whole vocabulary or more cuts nothing.
    """
    vocabulary = logprobs.shape[-1]
    cuts = sampling.top_p < 1 or sampling.min_p > 0 or 0 < sampling.top_k < vocabulary
    if not cuts:
        return logprobs
    likeliest = mx.topk(logprobs, min(sampling.top_k or vocabulary, vocabulary), axis=-1)
    descending = -mx.sort(-likeliest, axis=-1)
    keep = mx.ones_like(descending, dtype=mx.bool_)
    if sampling.top_p < 1:
        probabilities = mx.exp(descending)
        keep = mx.cumsum(probabilities, axis=-1) - probabilities < sampling.top_p
    if sampling.min_p > 0:
        keep = keep & (descending >= descending[..., :1] + math.log(sampling.min_p))
    # Rounding must not lose the likeliest of all.
    least = mx.minimum(mx.min(mx.where(keep, descending, mx.inf), axis=-1, keepdims=True), descending[..., :1])
    return mx.where(logprobs < least, -mx.inf, logprobs)

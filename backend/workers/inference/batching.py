"""Says whether rows of a model can share a batch of mlx-lm's, and how their prompts can. Knows caches, not weights."""

from collections.abc import Iterable, Iterator
from typing import Any

import mlx.nn as nn
from mlx_lm.models.cache import ArraysCache, CacheList, make_prompt_cache

from backend.adapters.words import listed

MOST_PROMPTS = 8
WRONG_IN_BATCHES = {
    "afm7": "its last layers take the padding of shorter rows for positions",
    "dbrx": "it computes each expert for one token at a time, whatever row that is from",
    "gemma2": "its attention takes no mask that differs from row to row",
    "gpt_bigcode": "its positions are those of one row",
    "longcat_flash_ngram": "its cache of tokens holds those of one row",
    "nemotron-nas": "layers without attention have no cache",
    "phi3small": "its attention takes no mask that differs from row to row",
}
"""Why, by mlx-lm's name for the architecture: what making the cache does not show. Tested with every architecture."""


def batching_obstacle(model: nn.Module) -> str | None:
    """Why rows of this model cannot share a batch, in words."""
    if reason := WRONG_IN_BATCHES.get(type(model).__module__.rpartition(".")[2]):
        return f"This model answers one request after another: in mlx-lm {reason}."
    unmergeable = {type(cache).__name__ for cache in _caches(model) if not hasattr(cache, "merge")}
    if unmergeable:
        return (
            "This model answers one request after another: mlx-lm cannot batch its kind of cache "
            f"({listed(sorted(unmergeable))})."
        )
    return None


def prompts_at_once(model: nn.Module) -> int:
    """How many prompts may be computed in one batch, where shorter ones are padded.

    One where a recurrent state is kept: ten of mlx-lm's architectures carry the padding in it, and answer wrongly.
    """
    return 1 if any(isinstance(cache, ArraysCache) for cache in _caches(model)) else MOST_PROMPTS


def _caches(model: nn.Module) -> Iterator[Any]:
    return _flat(make_prompt_cache(model))


def _flat(caches: Iterable[Any]) -> Iterator[Any]:
    for cache in caches:
        if isinstance(cache, CacheList):
            yield from _flat(cache.caches)
        else:
            yield cache

"""Keeps what earlier answers computed of their prompts, so that the next turn of a conversation computes only the rest.

Belongs to one loaded base; what is kept for one adapter is never found for another.
"""

import copy
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
import psutil
from mlx_lm.models.cache import can_trim_prompt_cache, trim_prompt_cache

CACHE_BYTES = 1024**3
SHARE_OF_MEMORY = 16
"""At most one part in so many of the machine's memory."""
CACHE_ENTRIES = 32

Cache = list[Any]
"""mlx-lm's caches of one row, one after another."""


@dataclass(frozen=True)
class _Kept:
    weights: Hashable
    tokens: "np.ndarray[Any, np.dtype[np.int64]]"
    cache: Cache
    size_bytes: int


class PromptCaches:
    """The ones used last: `limit_bytes` and `entries` of them at most."""

    def __init__(self, limit_bytes: int | None = None, entries: int = CACHE_ENTRIES) -> None:
        if limit_bytes is None:
            limit_bytes = min(CACHE_BYTES, psutil.virtual_memory().total // SHARE_OF_MEMORY)
        self._limit_bytes = limit_bytes
        self._entries = entries
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._last_id = 0

    def find(self, weights: Hashable, tokens: list[int]) -> tuple[Cache | None, int]:
        """A copy of the cache that covers most of the prompt, and how many tokens; never all, for one must be computed.

        Caches that cannot be trimmed (recurrent, rotating) serve only what continues them exactly.
        """
        prompt = np.array(tokens)
        best, covered = None, 0
        for identifier, kept in self._kept.items():
            if kept.weights == weights and (usable := _usable(kept, prompt)) > covered:
                best, covered = identifier, usable
        if best is None:
            return None, 0
        self._kept.move_to_end(best)
        found = self._kept[best]
        cache = copy.deepcopy(found.cache)
        if surplus := len(found.tokens) - covered:
            trim_prompt_cache(cache, surplus)
        return cache, covered

    def keep(self, weights: Hashable, tokens: list[int], cache: Cache) -> None:
        """Keep the cache of these tokens, in place of the shorter ones that it can serve for."""
        mx.eval([part.state for part in cache])
        kept = _Kept(weights, np.array(tokens), cache, sum(part.nbytes for part in cache))
        if kept.size_bytes > self._limit_bytes:
            return
        for identifier, other in list(self._kept.items()):
            if other.weights == weights and _replaces(kept, other):
                del self._kept[identifier]
        self._last_id += 1
        self._kept[self._last_id] = kept
        while len(self._kept) > self._entries or self.size_bytes > self._limit_bytes:
            self._kept.popitem(last=False)

    @property
    def size_bytes(self) -> int:
        return sum(kept.size_bytes for kept in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)


def _can_trim(cache: Cache) -> bool:
    """A chunked cache that has let go of its beginning may lack what an earlier position attends to."""
    return bool(can_trim_prompt_cache(cache)) and all(getattr(part, "start_position", 0) == 0 for part in cache)


def _usable(kept: _Kept, prompt: "np.ndarray[Any, np.dtype[np.int64]]") -> int:
    common = min(_common_prefix(kept.tokens, prompt), len(prompt) - 1)
    return common if common == len(kept.tokens) or _can_trim(kept.cache) else 0


def _replaces(kept: _Kept, other: _Kept) -> bool:
    common = _common_prefix(kept.tokens, other.tokens)
    return common == len(other.tokens) and (common == len(kept.tokens) or _can_trim(kept.cache))


def _common_prefix(one: "np.ndarray[Any, np.dtype[np.int64]]", other: "np.ndarray[Any, np.dtype[np.int64]]") -> int:
    length = min(len(one), len(other))
    differing = np.flatnonzero(one[:length] != other[:length])
    return int(differing[0]) if differing.size else length

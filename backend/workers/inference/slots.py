"""Lets one batch hold rows of the base and of up to seven adapters. Never changes a tensor of the base."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_unflatten
from mlx_lm.models.cache import make_prompt_cache

from backend.adapters.contents import AdapterMismatch
from backend.workers.inference.adapter_files import Adapter, LowRank, WholeWeights
from backend.workers.inference.batched_layers import BASE, BatchedExperts, BatchedLayer, BatchedSwitchLinear, Rows
from backend.workers.inference.batched_layers import batched as batched_layer
from backend.workers.inference.fit import fitting_module

SLOTS = 8
"""The base's and seven of adapters."""

PromptCache = list[Any]
"""mlx-lm's caches of a row or of a batch, one after another, and a SlotCache at the end."""


class SlotsFull(Exception):
    """Every slot is in use by another adapter."""


class SlotCache:
    """Rides at the end of a row's prompt cache, so that slots stay in the order of a batch's rows."""

    nbytes = 0
    state: tuple[()] = ()

    def __init__(self, slots: Sequence[int]) -> None:
        self.slots = list(slots)

    @classmethod
    def merge(cls, caches: "list[SlotCache]") -> "SlotCache":
        return cls([slot for cache in caches for slot in cache.slots])

    def extend(self, other: "SlotCache") -> None:
        self.slots = [*self.slots, *other.slots]

    def filter(self, keep: Sequence[int]) -> None:
        self.slots = [self.slots[row] for row in keep]

    def extract(self, row: int) -> "SlotCache":
        return SlotCache([self.slots[row]])

    def prepare(self, **_lengths: object) -> None: ...

    def finalize(self) -> None: ...

    def size(self) -> int:
        return 0

    def empty(self) -> bool:
        return False

    def is_trimmable(self) -> bool:
        return True

    def trim(self, tokens: int) -> int:
        return tokens


class BatchedModel:
    """The model as mlx-lm's batch generator calls it, with caches that `AdapterSlots.cache` made."""

    def __init__(self, model: nn.Module, rows: Rows) -> None:
        self._model = model
        self._rows = rows

    def __call__(self, inputs: mx.array, cache: PromptCache) -> mx.array:
        """inputs: (rows, tokens) -> logits (rows, tokens, vocabulary)."""
        *own, slots = cache
        self._rows.seat(slots.slots)
        logits: mx.array = self._model(inputs, cache=own)
        return logits


@dataclass
class _Placed:
    key: Hashable
    adapter: LowRank
    scale: float
    rows: int


class AdapterSlots:
    """The slots of one base model. A module is wrapped only while an adapter in some slot changes it."""

    def __init__(self, model: nn.Module) -> None:
        self._base_model = model
        self._base = dict(model.named_modules())
        self._rows = Rows()
        self._placed: dict[int, _Placed] = {}
        self._layers: dict[str, BatchedLayer] = {}
        self.model = BatchedModel(model, self._rows)

    def obstacle(self, adapter: Adapter) -> str | None:
        """Why rows of this adapter cannot share a batch with others, in words."""
        match adapter:
            case WholeWeights():
                return (
                    "Adapters of full fine-tuning answer one after another: their whole weights take the place of the "
                    "base model's, which all rows of a batch share."
                )
            case LowRank(factors) if any(of_module.m is not None for of_module in factors.values()):
                return (
                    "DoRA adapters answer one after another: DoRA rescales the base model's own weights, which all "
                    "rows of a batch share."
                )
        return None

    def place(self, adapter: LowRank, scale: float, key: Hashable) -> int:
        """The slot for one more row of this adapter; the same one while rows of the same `key` are in it.

        Raises AdapterMismatch where it does not fit the base or its update overflows, and SlotsFull.
        """
        for slot, placed in self._placed.items():
            if placed.key == key:
                placed.rows += 1
                return slot
        for path, factors in adapter.factors.items():
            fitting_module(self._base, path, factors)
        _refuse_overflow(adapter, scale)
        free = [slot for slot in range(SLOTS) if slot != BASE and slot not in self._placed]
        if not free:
            raise SlotsFull(f"All {SLOTS} slots are in use.")
        self._placed[free[0]] = _Placed(key, adapter, scale, rows=1)
        self._wrap()
        for path, factors in adapter.factors.items():
            self._layers[path].slots.put(free[0], factors, scale)
        return free[0]

    def release(self, slot: int) -> None:
        """One row of this slot is done; with the last one the slot is free. The base's needs no release."""
        if slot == BASE:
            return
        placed = self._placed[slot]
        placed.rows -= 1
        if placed.rows == 0:
            del self._placed[slot]
            for path in placed.adapter.factors:
                self._layers[path].slots.drop(slot)
            self._wrap()

    def take_off(self) -> None:
        """Free all slots, and put the base's own modules back."""
        self._placed = {}
        self._wrap()

    def cache(self, slot: int, former: PromptCache | None = None) -> PromptCache:
        """A prompt cache for one row in this slot: an empty one, or what a row before it has left behind."""
        own = make_prompt_cache(self._base_model) if former is None else former[:-1]
        return [*own, SlotCache([slot])]

    def _wrap(self) -> None:
        """Have exactly those modules wrapped that an adapter in a slot changes."""
        paths = {path for placed in self._placed.values() for path in placed.adapter.factors}
        if paths == self._layers.keys():
            return
        layers = {
            path: self._layers[path] if path in self._layers else batched_layer(self._base[path], self._rows)
            for path in paths
        }
        # Experts are put back before what is inside them, and wrapped after it.
        self._update({path: self._base[path] for path in _around_experts(self._layers)})
        self._update({path: self._base[path] for path in self._layers.keys() - paths} | layers)
        self._update({path: BatchedExperts(self._base[path], self._rows) for path in _around_experts(layers)})
        self._layers = layers

    def _update(self, modules: dict[str, Any]) -> None:
        if modules:
            self._base_model.update_modules(tree_unflatten(list(modules.items())))


def _refuse_overflow(adapter: LowRank, scale: float) -> None:
    """An infinite B would make NaN of the zeros of every other row, too. Raises AdapterMismatch."""
    if abs(scale) >= adapter.largest_scale:
        raise AdapterMismatch(
            f"With the multiplier {scale:g} the adapter's update is beyond what a number can hold; "
            f"its weights allow less than {adapter.largest_scale:.3g}."
        )


def _around_experts(layers: dict[str, BatchedLayer]) -> set[str]:
    """The paths of the layers of experts that these are inside."""
    return {path.rpartition(".")[0] for path, layer in layers.items() if isinstance(layer, BatchedSwitchLinear)}

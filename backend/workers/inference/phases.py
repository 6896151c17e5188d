"""Ways in which the base model serves rows: with all its slots, or given over to one adapter."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from mlx_lm.models.cache import make_prompt_cache

from backend.inference.messages import AdapterWeights
from backend.workers.inference.adapter_files import AdapterCache, LowRank, WholeWeights
from backend.workers.inference.base import Base
from backend.workers.inference.batch import MOST_ROWS, Batch, OneRow, SharedBatch
from backend.workers.inference.batched_layers import BASE

Cache = list[Any]


@dataclass(frozen=True)
class Configuration:
    """What rows must agree on to be computed at the same time.

    `alone` is the key of the weights that have the model to themselves, None where base and adapters share it. `note`
    says why, and `most_rows` is how many rows there may be at a time.
    """

    alone: Hashable = None
    note: str | None = None
    most_rows: int = MOST_ROWS


class Phase(ABC):
    """The base model in one configuration, with its batch."""

    batch: Batch

    @abstractmethod
    def place(self, weights: AdapterWeights | None) -> int:
        """The slot of one more row. Raises SlotsFull, and AdapterMismatch where the adapter does not fit."""

    @abstractmethod
    def cache(self, slot: int, former: Cache | None) -> Cache:
        """For one row in this slot: an empty one, or what a row before it has left behind."""

    @abstractmethod
    def release(self, slot: int) -> None: ...

    @abstractmethod
    def end(self) -> None:
        """Leave the bare base behind."""


class SharedPhase(Phase):
    """Rows of the base and of up to seven adapters in one batch."""

    def __init__(self, base: Base, adapters: AdapterCache) -> None:
        self._slots = base.slots
        self._adapters = adapters
        self.batch = SharedBatch(base.slots.model, base.tokenizer.eos_token_ids, base.prompts_at_once)

    def place(self, weights: AdapterWeights | None) -> int:
        if weights is None:
            return BASE
        adapter = self._adapters.get(weights)
        assert isinstance(adapter, LowRank) and weights.scale is not None
        return self._slots.place(adapter, weights.scale, weights_key(weights))

    def cache(self, slot: int, former: Cache | None) -> Cache:
        return self._slots.cache(slot, former)

    def release(self, slot: int) -> None:
        self._slots.release(slot)

    def end(self) -> None:
        self.batch.close()
        self._slots.take_off()


class AlonePhase(Phase):
    """Rows of one adapter that has the model to itself, or of a model that answers one row at a time."""

    def __init__(
        self, base: Base, adapters: AdapterCache, weights: AdapterWeights | None, configuration: Configuration
    ) -> None:
        self._adapted = base.adapted
        if weights is not None:
            self._adapted.use(adapters.get(weights), weights.scale)
        model, end_tokens = self._adapted.model, base.tokenizer.eos_token_ids
        self.batch = (
            OneRow(model, end_tokens)
            if configuration.most_rows == 1
            else SharedBatch(model, end_tokens, base.prompts_at_once)
        )

    def place(self, weights: AdapterWeights | None) -> int:
        return BASE

    def cache(self, slot: int, former: Cache | None) -> Cache:
        return make_prompt_cache(self._adapted.model) if former is None else former

    def release(self, slot: int) -> None: ...

    def end(self) -> None:
        self.batch.close()
        self._adapted.use_base()


def configuration_for(base: Base, adapters: AdapterCache, weights: AdapterWeights | None) -> Configuration:
    """Reads the adapter where its kind has to be known from its tensors. Raises AdapterMismatch."""
    if base.obstacle:
        return Configuration(weights_key(weights), base.obstacle, most_rows=1)
    obstacle = _obstacle(base, adapters, weights)
    return Configuration(weights_key(weights), obstacle) if obstacle else Configuration()


def begin_phase(
    base: Base, adapters: AdapterCache, weights: AdapterWeights | None, configuration: Configuration
) -> Phase:
    if configuration.alone is None:
        return SharedPhase(base, adapters)
    return AlonePhase(base, adapters, weights, configuration)


def weights_key(weights: AdapterWeights | None) -> Hashable:
    """What tells the weights of one row from those of another, on the same base."""
    return (weights.content_hash, weights.scale) if weights else "base"


def _obstacle(base: Base, adapters: AdapterCache, weights: AdapterWeights | None) -> str | None:
    if weights is None:
        return None
    if weights.scale is None:  # whole weights, which need not be read to be known
        return base.slots.obstacle(WholeWeights({}))
    return base.slots.obstacle(adapters.get(weights))

"""Reads adapter files into memory and keeps those used last. Knows tensors, not the base that they belong to."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import mlx.core as mx

from backend.adapters.contents import AdapterMismatch
from backend.adapters.identity import content_hash
from backend.adapters.words import listed
from backend.inference.messages import AdapterWeights
from backend.workers.base_model import has_gpu

CACHE_BYTES = 2 * 1024**3

Shapes = dict[str, tuple[int, ...]]
"""Of the factors of one module, by mlx-lm's names."""


@dataclass(frozen=True)
class Factors:
    """The two factors of one module's update, and DoRA's magnitudes, shaped as mlx-lm's layers hold them.

    Linear: a (in, rank), b (rank, out), m (out,). Switch: a (experts, rank, in), b (experts, out, rank).
    Embedding: a (vocabulary, rank), b (rank, out), m (vocabulary,).
    """

    a: mx.array
    b: mx.array
    m: mx.array | None = None

    @property
    def rank(self) -> int:
        return self.b.shape[-1 if self.b.ndim == 3 else 0]

    @property
    def shapes(self) -> Shapes:
        shapes: Shapes = {"lora_a": self.a.shape, "lora_b": self.b.shape}
        return shapes if self.m is None else {**shapes, "m": self.m.shape}


@dataclass(frozen=True)
class LowRank:
    """LoRA or DoRA: module path to factors."""

    factors: dict[str, Factors]

    @cached_property
    def largest_scale(self) -> float:
        """A multiplier must be below it for every number of every multiplied B to be finite in B's dtype."""
        return min(_largest_scale(of_module.b) for of_module in self.factors.values())


@dataclass(frozen=True)
class WholeWeights:
    """Full fine-tuning: the full name of a parameter to what takes its place."""

    arrays: dict[str, mx.array]


Adapter = LowRank | WholeWeights


class AdapterCache:
    """Adapters by the content of their file, the ones used last: `limit_bytes` of tensors, or one that is larger."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._adapters: OrderedDict[str, tuple[Adapter, int]] = OrderedDict()

    def get(self, weights: AdapterWeights) -> Adapter:
        """From memory where it is there, else from its file, for which others make room before it takes any.

        Raises AdapterMismatch where the file is broken or is not the one that was meant any more.
        """
        if weights.content_hash not in self._adapters:
            self._read(weights)
        self._adapters.move_to_end(weights.content_hash)
        return self._adapters[weights.content_hash][0]

    def __contains__(self, weights: AdapterWeights) -> bool:
        return weights.content_hash in self._adapters

    def __len__(self) -> int:
        return len(self._adapters)

    def _read(self, weights: AdapterWeights) -> None:
        if content_hash(weights.file) != weights.content_hash:
            raise AdapterMismatch(
                f"{weights.file} has changed since it was chosen. Ask again to use what it holds now."
            )
        tensors = open_tensors(weights.file)
        size_bytes = sum(tensor.nbytes for tensor in tensors.values())
        while self._adapters and size_bytes + sum(size for _, size in self._adapters.values()) > self._limit_bytes:
            self._adapters.popitem(last=False)
        mx.clear_cache()
        self._adapters[weights.content_hash] = read_adapter(weights.file, tensors), size_bytes


def open_tensors(file: Path) -> dict[str, mx.array]:
    """The tensors in `file`, still to be computed; in float32 where there is no GPU."""
    tensors = cast(dict[str, mx.array], mx.load(str(file)))
    return tensors if has_gpu() else {name: tensor.astype(mx.float32) for name, tensor in tensors.items()}


def read_adapter(file: Path, tensors: dict[str, mx.array] | None = None) -> Adapter:
    """The adapter in `file`, whose `tensors` may be open. Raises AdapterMismatch where they are not all finite."""
    tensors = open_tensors(file) if tensors is None else tensors
    # One after another: the check of a tensor takes as much memory again.
    if broken := [name for name, tensor in tensors.items() if not mx.all(mx.isfinite(tensor)).item()]:
        raise AdapterMismatch(
            f"{file} is damaged: {listed(broken)} {'holds' if len(broken) == 1 else 'hold'} NaN or infinity. "
            "Use an earlier checkpoint of this adapter, or train it again with a smaller learning rate."
        )
    paths = [name.removesuffix(".lora_a") for name in tensors if name.endswith(".lora_a")]
    if not paths:
        return WholeWeights(tensors)
    return LowRank(
        {
            path: Factors(tensors[f"{path}.lora_a"], tensors[f"{path}.lora_b"], tensors.get(f"{path}.m"))
            for path in paths
        }
    )


def _largest_scale(b: mx.array) -> float:
    largest = cast(float, mx.abs(b).max().item())
    return mx.finfo(b.dtype).max / largest if largest else math.inf

"""Layers that give each row of a batch the update of its own adapter. Know slots, not what an adapter is called.

The factors of the adapters that a batch uses stand side by side: with A = [A1 A2 ...] and B = [s1 B1; s2 B2; ...] the
update of a row is mask(x A) B, where the mask sets to zero what belongs to other rows' adapters. Ranks may differ, two
products serve all rows, and a row without an adapter gets an update of exact zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear

from backend.workers.inference.adapter_files import Factors

BASE = 0
"""The slot of rows without an adapter."""


class Rows:
    """Which slot each row of the present batch uses, in the order of its rows."""

    def __init__(self) -> None:
        self.slots: tuple[int, ...] = ()
        self.present: tuple[int, ...] = ()
        self.places = mx.array([], mx.uint32)

    def seat(self, slots: Sequence[int]) -> None:
        """`present` becomes the slots in use, each once; `places`, uint32 (rows,), the place of each row's in it."""
        if self.slots != tuple(slots):
            self.slots = tuple(slots)
            self.present = tuple(sorted(set(slots)))
            self.places = mx.array([self.present.index(slot) for slot in slots], mx.uint32)


@dataclass(frozen=True)
class SideBySide:
    """The factors of the present slots, of all ranks together R.

    Linear: a (in, R), b (R, out). Embedding: a (vocabulary, R), b (R, out). Switch: a (experts, in, R),
    b (experts, R, out). `mask`, bool (present slots, R), says whose ranks are whose; None where all are everybody's.
    """

    a: mx.array
    b: mx.array
    mask: mx.array | None


class Slots:
    """The factors of one module, by slot."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._factors: dict[int, tuple[Factors, float]] = {}
        self._side_by_side: SideBySide | None = None
        self._of: tuple[int, ...] = ()
        self._row_mask: mx.array | None = None
        self._row_mask_of: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._factors)

    def put(self, slot: int, factors: Factors, scale: float) -> None:
        self._factors[slot] = factors, scale
        self._of = self._row_mask_of = ()

    def drop(self, slot: int) -> None:
        self._factors.pop(slot, None)
        self._of = self._row_mask_of = ()

    def side_by_side(self) -> SideBySide | None:
        """None where no row's adapter changes this module. Kept until rows of other slots come or go."""
        if self._of != self.rows.present:
            self._of = self.rows.present
            self._side_by_side = self._join(self.rows.present)
        return self._side_by_side

    def own_ranks(self, z: mx.array, mask: mx.array | None) -> mx.array:
        """z (rows, ..., R), or with rows and what follows them flattened: zero in the ranks of other rows' adapters."""
        if mask is None:
            return z
        rows = self.rows
        if self._row_mask is None or self._row_mask_of != rows.slots:
            self._row_mask_of = rows.slots
            self._row_mask = mask[rows.places][:, None]
        if z.ndim == 3 and z.shape[0] == len(rows.slots):
            return mx.where(self._row_mask, z, 0)
        return mx.where(self._row_mask, z.reshape(len(rows.slots), -1, z.shape[-1]), 0).reshape(z.shape)

    def _join(self, present: tuple[int, ...]) -> SideBySide | None:
        slots = [slot for slot in present if slot in self._factors]
        joined = [self._factors[slot] for slot in slots]
        if not joined:
            return None
        a, b = _switch_factors(joined) if joined[0][0].a.ndim == 3 else _factors(joined)
        if len(present) == 1:
            return SideBySide(a, b, None)
        owner = mx.array([slot for slot in slots for _ in range(self._factors[slot][0].rank)])
        return SideBySide(a, b, mx.array(present)[:, None] == owner)


def _factors(joined: Sequence[tuple[Factors, float]]) -> tuple[mx.array, mx.array]:
    """a (in, R) lies in memory by columns, so that a product reads it from end to end."""
    a = mx.concatenate([factors.a.T for factors, _ in joined]).T
    return a, mx.concatenate([scale * factors.b for factors, scale in joined])


def _switch_factors(joined: Sequence[tuple[Factors, float]]) -> tuple[mx.array, mx.array]:
    """From mlx-lm's (experts, rank, in) and (experts, out, rank)."""
    a = mx.concatenate([factors.a.swapaxes(1, 2) for factors, _ in joined], axis=2)
    return a, mx.concatenate([scale * factors.b.swapaxes(1, 2) for factors, scale in joined], axis=1)


class BatchedLinear(nn.Module):
    def __init__(self, linear: nn.Module, rows: Rows) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.linear = linear
        self.slots = Slots(rows)

    def __call__(self, x: mx.array) -> mx.array:
        """x: (rows, tokens, in) or (rows * tokens, in) -> the same with out."""
        y: mx.array = self.linear(x)
        factors = self.slots.side_by_side()
        if factors is None:
            return y
        z = self.slots.own_ranks(x @ factors.a, factors.mask)
        return _add(y, z, factors.b)


class BatchedEmbedding(nn.Module):
    def __init__(self, embedding: nn.Module, rows: Rows) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.embedding = embedding
        self.slots = Slots(rows)

    def __call__(self, ids: mx.array) -> mx.array:
        """ids: (rows, tokens) -> (rows, tokens, out)."""
        y: mx.array = self.embedding(ids)
        factors = self.slots.side_by_side()
        if factors is None:
            return y
        return _add(y, self.slots.own_ranks(factors.a[ids], factors.mask), factors.b)

    def as_linear(self, x: mx.array) -> mx.array:
        """The head that is tied to this embedding. x: (rows, tokens, out) -> (rows, tokens, vocabulary)."""
        y: mx.array = self.embedding.as_linear(x)
        factors = self.slots.side_by_side()
        if factors is None:
            return y
        return _add(y, self.slots.own_ranks(x @ factors.b.T, factors.mask), factors.a.T)


class BatchedExperts(nn.Module):
    """Around a layer of experts, which sorts tokens by expert: tells its inner layers the rows' slots in the index.

    The index of an expert becomes expert * present slots + place of the slot, which sorts as the expert does.
    """

    def __init__(self, experts: nn.Module, rows: Rows) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.experts = experts
        self.rows = rows

    def __call__(self, x: mx.array, indices: mx.array) -> mx.array:
        """indices: (rows, tokens, active experts), or with rows and tokens flattened."""
        rows = self.rows
        if len(rows.present) > 1:
            places = rows.places.astype(indices.dtype)[:, None]
            by_row = indices.reshape(len(rows.slots), -1) * len(rows.present) + places
            indices = by_row.reshape(indices.shape)
        y: mx.array = self.experts(x, indices)
        return y


class BatchedSwitchLinear(nn.Module):
    """Inside BatchedExperts."""

    def __init__(self, linear: nn.Module, rows: Rows) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.linear = linear
        self.slots = Slots(rows)

    def __call__(self, x: mx.array, indices: mx.array, sorted_indices: bool = False) -> mx.array:
        """x: (..., 1, in), indices: (...) as BatchedExperts makes them -> (..., 1, out)."""
        present = len(self.slots.rows.present)
        experts = indices // present if present > 1 else indices
        y: mx.array = self.linear(x, experts, sorted_indices=sorted_indices)
        factors = self.slots.side_by_side()
        if factors is None:
            return y
        z = mx.gather_mm(x, factors.a, rhs_indices=experts, sorted_indices=sorted_indices)
        if factors.mask is not None:
            z = mx.where(factors.mask[indices % present][..., None, :], z, 0)
        return y + mx.gather_mm(z, factors.b, rhs_indices=experts, sorted_indices=sorted_indices).astype(y.dtype)


BatchedLayer = BatchedLinear | BatchedEmbedding | BatchedSwitchLinear


def batched(module: nn.Module, rows: Rows) -> BatchedLayer:
    """The layer around a module that LoRA can change."""
    match module:
        case SwitchLinear() | QuantizedSwitchLinear():
            return BatchedSwitchLinear(module, rows)
        case nn.Embedding() | nn.QuantizedEmbedding():
            return BatchedEmbedding(module, rows)
        case _:
            return BatchedLinear(module, rows)


def _add(y: mx.array, z: mx.array, b: mx.array) -> mx.array:
    """y + z b in the dtype of y."""
    if y.dtype == z.dtype == b.dtype:
        return mx.addmm(y, z, b)
    return y + (z @ b).astype(y.dtype)

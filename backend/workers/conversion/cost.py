"""Measures what a conversion costs: losses of the same text before and after, as held-out evaluations measure them.

Kept as it goes: a worker that is started again measures nothing twice.
"""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.utils import dequantize_model, get_total_parameters

from backend.adapters.identity import content_hash
from backend.datasets.formats import read_numbered
from backend.errors import AppError
from backend.evaluation.statistics import difference, perplexity
from backend.models.conversion.schemas import ConversionPlan, LossDifference, MeasuredCost
from backend.models.disk_room import gigabytes
from backend.workers.base_model import device_name, has_gpu, load_base, load_stored, read_tokenizer
from backend.workers.conversion.recipe import packed_modules, weights_bytes
from backend.workers.evaluation.losses import ExampleLosses, batches
from backend.workers.evaluation.measured import Measured
from backend.workers.evaluation.parts import EncodedPart, Example, drawn, encode_part
from backend.workers.training.data.encoding import RowEncoder
from backend.workers.training.memory import leave_room, memory_limit

MOST_ROWS = 64
SEED = 0
Side = Literal[0, 1]
BEFORE: Side = 0
AFTER: Side = 1
FLOAT32_BYTES = 4


Step = Callable[[], None]


class Cost:
    """`steps` is how many batches one measurement has."""

    def __init__(self, folder: Path, plan: ConversionPlan) -> None:
        sample = plan.sample
        if not sample.file.is_file() or content_hash(sample.file) != sample.content_hash:
            raise AppError(f"{sample.file} has changed since this conversion was asked for. Start another one.")
        self._title = sample.title
        self._part = _encoded(plan)
        self._batches = batches(self._part.examples)
        self._measured = Measured(folder)
        self._unmeasured: list[str] = []
        self._computed_in = _floating_type(plan.model_folder) if has_gpu() else "float32"
        self.steps = len(self._batches)
        leave_room()

    def left(self, side: Side) -> int:
        """How many batches have still to be measured."""
        return len(self._left(side))

    def measure(self, side: Side, folder: Path, step: Step) -> None:
        """Of the model in `folder`. Raises NotFinite; too large a model is left out, which the result says."""
        left = self._left(side)
        if left and self._fits(side, folder):
            losses = ExampleLosses(_load(folder))
            for batch in left:
                self._measured.add(side, self._part.part, batch, losses.sums(batch))
                step()
            del losses
            gc.collect()
            mx.clear_cache()

    def result(self) -> MeasuredCost:
        tokens = [example.encoded.targets for example in self._part.examples]
        before, after = (self._measured.sums(it, self._part.part, self._part.examples) for it in (BEFORE, AFTER))
        loss_before, loss_after = (sum(sums) / sum(tokens) if sums else None for sums in (before, after))
        return MeasuredCost(
            measured_on=self._title,
            examples=len(tokens),
            tokens=sum(tokens),
            device=device_name(),
            computed_in=self._computed_in,
            loss_before=loss_before,
            loss_after=loss_after,
            perplexity_before=None if loss_before is None else perplexity(loss_before),
            perplexity_after=None if loss_after is None else perplexity(loss_after),
            difference=_difference(before, after, tokens),
            unmeasured=" ".join(self._unmeasured) or None,
        )

    def _left(self, side: Side) -> list[list[Example]]:
        return [batch for batch in self._batches if not self._measured.has(side, self._part.part, batch)]

    def _fits(self, side: Side, folder: Path) -> bool:
        needed, limit = computing_bytes(folder), memory_limit()
        if needed <= limit:
            return True
        when = "before" if side == BEFORE else "after"
        self._unmeasured.append(
            f"The loss {when} was not measured: to compute with, the weights take {gigabytes(needed)}, and "
            f"{gigabytes(limit)} are free."
        )
        return False


def computing_bytes(folder: Path) -> int:
    """What the weights take where they are computed with: on a CPU each is a number of 32 bits."""
    model, _ = load_stored(folder, lazy=True)
    return weights_bytes(model) if has_gpu() else FLOAT32_BYTES * get_total_parameters(model)


def _load(folder: Path) -> nn.Module:
    """On a CPU with its weights unpacked, which are the same numbers: quantised products are ten times slower there."""
    model, _ = load_base(folder)
    modes = {module.mode for module in packed_modules(model)}
    return model if has_gpu() or modes != {"affine"} else dequantize_model(model)


def _floating_type(folder: Path) -> str:
    """The type of the first floating weight: mlx-lm's models compute in it."""
    model, _ = load_stored(folder, lazy=True)
    arrays: Any = tree_flatten(model.parameters(), destination={})
    types = (array.dtype for array in arrays.values() if mx.issubdtype(array.dtype, mx.floating))
    return str(next(types, mx.float32)).rpartition(".")[2]


def _encoded(plan: ConversionPlan) -> EncodedPart:
    sample = plan.sample
    numbered = [(line, row) for line, _, row in read_numbered(sample.file)]
    encoder = RowEncoder(read_tokenizer(plan.model_folder), plan.max_seq_length, mask_prompt=False)
    return encode_part(sample.part, sample.title, numbered, drawn(len(numbered), MOST_ROWS, SEED), encoder)


def _difference(
    before: Sequence[float] | None, after: Sequence[float] | None, tokens: Sequence[int]
) -> LossDifference | None:
    if before is None or after is None:
        return None
    found = difference(after, before, tokens)
    return LossDifference(mean=found.mean, low=found.low, high=found.high)

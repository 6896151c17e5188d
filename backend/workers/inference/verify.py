"""Compares the logits of an adapter alone, in a batch shared with the base, and of the base by itself.

Knows a loaded model and adapters; what the figures mean is said elsewhere.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.models.cache import make_prompt_cache

from backend.errors import AppError, FieldError
from backend.inference.messages import CompareWithStock, Precision, StockDifference, Verified, Verify
from backend.inference.schemas import FirstDifference
from backend.workers.base_model import has_gpu
from backend.workers.inference.adapter_files import Adapter, LowRank, WholeWeights
from backend.workers.inference.base import Base, Residence
from backend.workers.inference.batched_layers import BASE
from backend.workers.inference.row_plans import refuse_foreign_tokens
from backend.workers.plain_text import encode_plain

MOST_TOKENS = 256
"""Of the text; logits of a large vocabulary take most of a megabyte each."""
CONTINUATION = 16
"""Greedy tokens after the text, one by one: what decoding computes is compared too."""
ALONE, SHARED = "alone", "shared"

CallModel = Callable[[mx.array, list[Any]], mx.array]
Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Something that is computed in steps, between which it may be given up."""


class Sequence(NamedTuple):
    """Tokens that are computed at once, the text, and then one after another, its continuation."""

    text: list[int]
    continuation: list[int]

    @property
    def ids(self) -> list[int]:
        return [*self.text, *self.continuation]


class VerifiedLogits(NamedTuple):
    """Float arrays (tokens, vocabulary) of the adapter, by itself and in a shared batch, and what to say of them."""

    figures: Verified
    alone: mx.array
    shared: mx.array | None

    def save(self, file: Path) -> None:
        arrays = {ALONE: self.alone} | ({} if self.shared is None else {SHARED: self.shared})
        mx.save_safetensors(str(file), arrays)


def verify(residence: Residence, request: Verify) -> Steps[Verified]:
    """Raises AppError where base and adapter cannot be loaded, do not fit, or compute NaN."""
    base = residence.load(request.model_folder)
    yield
    adapter = residence.adapters.get(request.adapter)
    found = yield from Verifier(base).verify(adapter, request.adapter.scale, request.text)
    if request.logits_file is not None:
        found.save(request.logits_file)
    return found.figures


class Verifier:
    """Of one base model, which carries no adapter before and after each call, also one that is closed in between."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._model = base.adapted.model

    def verify(self, adapter: Adapter, scale: float | None, text: str) -> Steps[VerifiedLogits]:
        """Raises AdapterMismatch where the adapter does not fit the base, AppError for NaN."""
        whole = self._tokens(text)
        idle = self._idle(adapter, scale)
        try:
            self._base.adapted.use(adapter, scale)
            sequence, alone = yield from _continue_greedily(self._call, self._cache(), whole[: self._most_tokens])
        finally:
            self._base.adapted.use_base()
        base = (yield from _replay(self._call, self._cache(), sequence))[0]
        _refuse_nan(base, "The base model")
        _refuse_nan(alone, "The adapter")
        alone_because = self._base.obstacle or self._base.slots.obstacle(adapter)
        batch = None
        if alone_because is None and isinstance(adapter, LowRank) and scale is not None:
            batch = yield from self._in_a_batch(adapter, scale, sequence)
        to_base = difference(alone, base)
        figures = Verified(
            token_ids=sequence.ids,
            text_tokens=len(sequence.text),
            whole_text_tokens=len(whole),
            precision=_precision(self._model),
            largest_logit=_largest(alone),
            max_difference=number(to_base.max()),
            mean_difference=number(to_base.mean()),
            changed_top_tokens=int(number((alone.argmax(-1) != base.argmax(-1)).sum())),
            first_difference=self._first_difference(alone, base, sequence),
            alone_because=alone_because,
            batch_max_difference=None if batch is None else number(difference(alone, batch[1]).max()),
            batch_base_difference=None if batch is None else number(difference(base, batch[0]).max()),
            batch_first_difference=None if batch is None else self._first_difference(alone, batch[1], sequence),
            adapted=len(adapter.arrays if isinstance(adapter, WholeWeights) else adapter.factors),
            idle=idle,
        )
        return VerifiedLogits(figures, alone, None if batch is None else batch[1])

    @property
    def _most_tokens(self) -> int:
        context = self._base.context_length
        return MOST_TOKENS if context is None else max(1, min(MOST_TOKENS, context - CONTINUATION))

    def _tokens(self, text: str) -> list[int]:
        ids = encode_plain(self._base.tokenizer, text)
        if not ids:
            raise FieldError("text", "The model's tokenizer makes no token of this text; write some words.")
        refuse_foreign_tokens(self._base, ids)
        return ids

    def _in_a_batch(self, adapter: LowRank, scale: float, sequence: Sequence) -> Steps[mx.array]:
        """(2, tokens, vocabulary): the base's row and the adapter's, as answers that share a batch are computed."""
        slots = self._base.slots
        try:
            rows = [slots.cache(BASE), slots.cache(slots.place(adapter, scale, "verify"))]
            cache = [of_row[0].merge(list(of_row)) for of_row in zip(*rows, strict=True)]
            return (yield from _replay(slots.model, cache, sequence, rows=len(rows)))
        finally:
            slots.take_off()

    def _idle(self, adapter: Adapter, scale: float | None) -> list[str]:
        """Modules whose B is zero, so that they change nothing; of whole weights those that are the base's own."""
        match adapter:
            case LowRank():
                return [path for path, of_module in adapter.factors.items() if scale == 0 or not mx.any(of_module.b)]
            case WholeWeights():
                own = dict(cast(list[tuple[str, mx.array]], tree_flatten(self._model.parameters())))
                return [
                    name
                    for name, array in adapter.arrays.items()
                    if name in own and mx.array_equal(array.astype(mx.float32), own[name].astype(mx.float32))
                ]

    def _first_difference(self, alone: mx.array, other: mx.array, sequence: Sequence) -> FirstDifference | None:
        """In the continuation, whose first token follows from the text's last one."""
        for position in range(len(sequence.continuation)):
            of_adapter, of_other = (logits[len(sequence.text) - 1 + position] for logits in (alone, other))
            chosen, instead = int(number(of_adapter.argmax())), int(number(of_other.argmax()))
            if chosen != instead:
                return FirstDifference(
                    position=position,
                    adapter_token=self._base.tokenizer.decode([chosen]),
                    other_token=self._base.tokenizer.decode([instead]),
                    margin=number(of_adapter[chosen]) - number(of_adapter[instead]),
                )
        return None

    def _cache(self) -> list[Any]:
        return cast(list[Any], make_prompt_cache(self._model))

    def _call(self, inputs: mx.array, cache: list[Any]) -> mx.array:
        return cast(mx.array, self._model(inputs, cache=cache))


def compare_with_stock(request: CompareWithStock) -> StockDifference:
    """Raises AppError where the two are of other shapes."""
    ours = cast(dict[str, mx.array], mx.load(str(request.logits_file)))
    stock = cast(dict[str, mx.array], mx.load(str(request.stock_file)))["logits"]
    if stock.shape != ours[ALONE].shape:
        raise AppError(f"mlx_lm gives logits of the shape {stock.shape}, and this program {ours[ALONE].shape}.")
    shared = ours.get(SHARED)
    return StockDifference(
        max_difference=number(difference(ours[ALONE], stock).max()),
        batch_max_difference=None if shared is None else number(difference(shared, stock).max()),
    )


def _continue_greedily(call: CallModel, cache: list[Any], text: list[int]) -> Steps[tuple[Sequence, mx.array]]:
    """The text with its continuation, and the logits (tokens, vocabulary) at all of it."""
    logits = [call(mx.array([text]), cache)[0]]
    continuation: list[int] = []
    while len(continuation) < CONTINUATION:
        continuation.append(int(number(logits[-1][-1].argmax())))
        yield
        logits.append(call(mx.array([continuation[-1:]]), cache)[0])
    return Sequence(text, continuation), mx.concatenate(logits)


def _replay(call: CallModel, cache: list[Any], sequence: Sequence, rows: int = 1) -> Steps[mx.array]:
    """Logits (rows, tokens, vocabulary) of the same sequence in every row, computed in the same steps."""
    logits = []
    for ids in (sequence.text, *([token] for token in sequence.continuation)):
        logits.append(call(mx.array([ids] * rows), cache))
        mx.eval(logits[-1])
        yield
    return mx.concatenate(logits, axis=1)


def difference(one: mx.array, other: mx.array) -> mx.array:
    """|one - other| in float32; equal infinities, with which some models rule tokens out, do not differ."""
    one, other = one.astype(mx.float32), other.astype(mx.float32)
    return mx.where(one == other, 0.0, mx.abs(one - other))


def _largest(logits: mx.array) -> float:
    sizes = mx.abs(logits.astype(mx.float32))
    return number(mx.where(mx.isinf(sizes), 0.0, sizes).max())


def number(scalar: mx.array) -> float:
    return cast(float, scalar.item())


def _precision(model: nn.Module) -> Precision:
    """The coarsest of the base's weights; some models make their logits float32 in the end."""
    dtypes = {array.dtype for _, array in cast(list[tuple[str, mx.array]], tree_flatten(model.parameters()))}
    if mx.bfloat16 in dtypes:
        return "bfloat16"
    if mx.float16 in dtypes:
        return "float16"
    return "tf32" if has_gpu() else "float32"


def _refuse_nan(logits: mx.array, whose: str) -> None:
    if mx.any(mx.isnan(logits)).item():
        raise AppError(f"{whose} computes NaN for this text: its weights are damaged.", code="nan")

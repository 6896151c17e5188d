"""Splits a model into what computes hidden states and the head that turns these into logits, whatever its type.

Knows no architecture: it replays a module's output through the rest of the model, and believes only a split that
gave the model's own logits.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

PROBE = mx.arange(1, 9, dtype=mx.int32)[None]
"""The tokens (1, 8) that a split is proven on."""
PICKED = mx.array([7, 2, 2, 0, 1])
"""Their places, in an order that a head which mixes positions cannot survive."""
TOLERANCE = {mx.float32: 1e-5, mx.float16: 4e-3, mx.bfloat16: 3e-2}
"""Largest difference from the model's logits, as a share of the largest logit: another shape may round otherwise."""


class Parameter:
    """A place in the model that holds an array."""

    def __init__(self, owner: Any, key: str | int) -> None:
        self.owner = owner
        self.key = key

    @property
    def value(self) -> mx.array:
        array: mx.array = self.owner[self.key]
        return array

    @value.setter
    def value(self, array: mx.array) -> None:
        self.owner[self.key] = array


class Cut:
    """A module of the model, held by `owner` under `key`, whose output the rest of the model is replayed from.

    Where that module stands beside the layers, under `layers` of the same owner, a replay passes them over.
    """

    def __init__(self, model: nn.Module, owner: Any, key: str, layers: str | None = None) -> None:
        self.model = model
        self.owner = owner
        self.key = key
        self.layers = layers

    def run(self, inputs: mx.array) -> tuple[Any, mx.array]:
        """What the module returned, and the model's logits. Raises ValueError unless it was called exactly once."""
        module, outputs = self.owner[self.key], []

        def record(*args: Any, **kwargs: Any) -> Any:
            outputs.append(module(*args, **kwargs))
            return outputs[-1]

        with _replaced(self.owner, {self.key: _StandIn(module, record)}):
            logits = self.model(inputs)
        (output,) = outputs
        return output, logits

    def replay(self, hidden: mx.array) -> mx.array:
        """Logits (N, V) of hidden states (N, D)."""
        values: dict[str, Any] = {self.key: _StandIn(self.owner[self.key], lambda *_, **__: hidden[None])}
        if self.layers is not None:
            values[self.layers] = [_StandIn(layer, lambda x, *_, **__: x) for layer in self.owner[self.layers]]
        with _replaced(self.owner, values):
            logits: mx.array = self.model(mx.zeros((1, hidden.shape[0]), dtype=mx.int32))[0]
        return logits

    def holds(self) -> bool:
        """Whether the replay gives the model's logits, and the module has not computed them already."""
        try:
            hidden, logits = self.run(PROBE)
            if not isinstance(hidden, mx.array) or hidden.ndim != 3 or hidden.shape[:2] != PROBE.shape:
                return False
            if hidden.shape == logits.shape and mx.array_equal(hidden, logits).item():
                return False
            return _same(self.replay(hidden[0][PICKED]), logits[0][PICKED])
        except (TypeError, ValueError, AttributeError, KeyError, IndexError, RuntimeError):
            return False  # this module is not called as the holder of the layers is; another may be


class SplitModel:
    """A model as hidden states and head: `logits(hidden(inputs))` is `model(inputs)`, position by position.

    `parameters` are the trainable ones that the head reads, `vocabulary` its number of logits.
    """

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        hidden, logits = cut.run(PROBE)
        self.vocabulary: int = logits.shape[-1]
        self.parameters = self._read_by_head(_trainable(cut.model), mx.ones_like(hidden[0, :1]))

    def hidden(self, inputs: mx.array) -> mx.array:
        """Hidden states (rows, width, D) of `inputs` (rows, width). The logits are never computed, being lazy."""
        hidden: mx.array = self._cut.run(inputs)[0]
        return hidden

    def logits(self, hidden: mx.array, *values: mx.array) -> mx.array:
        """Logits (N, V) of hidden states (N, D), with `values` in the place of `parameters`."""
        with _set(self.parameters, values):
            return self._cut.replay(hidden)

    def _read_by_head(self, parameters: list[Parameter], hidden: mx.array) -> list[Parameter]:
        """Those that make the logits NaN when they are: no zero, such as a fresh `lora_b`, hides NaN.

        Halves are looked at only where the whole is read.
        """
        with _set(parameters, [mx.full(each.value.shape, mx.nan, dtype=each.value.dtype) for each in parameters]):
            read = bool(mx.isnan(self._cut.replay(hidden)).any().item())
        if not read or len(parameters) == 1:
            return parameters if read else []
        half = len(parameters) // 2
        return self._read_by_head(parameters[:half], hidden) + self._read_by_head(parameters[half:], hidden)


def split(model: nn.Module) -> SplitModel | None:
    """The split nearest to the model's layers, proven on a few tokens; None where there is none.

    To be made when the model has all its trainable parameters. The model's mode is kept.
    """
    was_training = model.training
    model.eval()
    try:
        cut = next((cut for cut in _cuts(model) if cut.holds()), None)
        return SplitModel(cut) if cut is not None else None
    finally:
        model.train(was_training)


def _cuts(model: nn.Module) -> Iterator[Cut]:
    """The modules around the layers, innermost first; then those beside the layers, last first."""
    *around, layers = _layers_path(model)
    holders: list[Any] = [model]
    for name in around:
        holders.append(holders[-1][name])
    for depth in reversed(range(len(around))):
        yield Cut(model, holders[depth], around[depth])
    beside = [name for name, child in holders[-1].items() if isinstance(child, nn.Module)]
    for name in reversed(beside):
        yield Cut(model, holders[-1], name, layers)


def _layers_path(model: nn.Module) -> list[str]:
    """The names that lead from the model to its list of layers."""
    layers = {id(layer) for layer in model.layers}
    names: list[str] = next(path.split(".") for path, module in model.named_modules() if id(module) in layers)
    return names[: next(place for place, name in enumerate(names) if name.isdigit())]


def _trainable(model: nn.Module) -> list[Parameter]:
    found = []
    paths: dict[str, mx.array] = dict(tree_flatten(model.trainable_parameters()))
    for path in paths:
        *names, last = path.split(".")
        owner: Any = model
        for name in names:
            owner = owner[int(name) if isinstance(owner, list) else name]
        found.append(Parameter(owner, int(last) if isinstance(owner, list) else last))
    return found


class _StandIn:
    """Answers calls in the place of a module; everything else, such as tied weights, is the module's own."""

    def __init__(self, module: Any, call: Callable[..., Any]) -> None:
        self._module = module
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@contextmanager
def _replaced(owner: Any, values: dict[str, Any]) -> Iterator[None]:
    """`values` for a while among the children of a module; `update` of the dict it is, not of its parameters."""
    kept = {key: owner[key] for key in values}
    dict.update(owner, values)
    try:
        yield
    finally:
        dict.update(owner, kept)


@contextmanager
def _set(parameters: Sequence[Parameter], values: Sequence[mx.array]) -> Iterator[None]:
    kept = [parameter.value for parameter in parameters]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.value = value
    try:
        yield
    finally:
        for parameter, value in zip(parameters, kept, strict=True):
            parameter.value = value


def _same(ours: mx.array, theirs: mx.array) -> bool:
    """Whether logits of equal shape agree up to rounding; what is minus infinity has to be so in both."""
    a, b = (np.array(logits.astype(mx.float32)) for logits in (ours, theirs))
    finite = np.isfinite(b)
    if a.shape != b.shape or not finite.any():
        return False
    tolerance = TOLERANCE.get(theirs.dtype, TOLERANCE[mx.float32])
    return np.allclose(a, b, rtol=0, atol=tolerance * float(np.abs(b[finite]).max()))

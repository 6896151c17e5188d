"""Gradient checkpointing for every layer class, with dropout whose masks are the same when a layer is recomputed.

`mx.checkpoint` runs a layer twice; a mask drawn from the global generator would differ the second time and the
gradient be wrong. Here every mask is drawn from a key that is passed into the layer.
"""

from collections.abc import Iterable
from typing import Any

import mlx.core as mx
import mlx.nn as nn


class DropoutKeys:
    """The stream of keys that dropout masks are drawn from; begun anew for every step."""

    def __init__(self) -> None:
        self.key: mx.array | None = None

    def begin(self, key: mx.array) -> None:
        self.key = mx.stop_gradient(key)

    def draw(self) -> mx.array:
        assert self.key is not None
        self.key, drawn = mx.random.split(self.key)
        return drawn


class KeyedDropout(nn.Module):
    """Inverted dropout (Srivastava et al., 2014) with an explicit key; passes x through in evaluation mode."""

    def __init__(self, probability: float, keys: DropoutKeys) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._probability = probability
        self._keys = keys

    def __call__(self, x: mx.array) -> mx.array:
        if not self.training:
            return x
        mask = mx.random.bernoulli(1 - self._probability, x.shape, key=self._keys.draw())
        return mask * x / (1 - self._probability)


def key_dropout(model: nn.Module, keys: DropoutKeys) -> None:
    """Put KeyedDropout in the place of the dropout of every LoRA layer that has some."""
    for _, module in model.named_modules():
        dropout = module.get("dropout")
        if isinstance(dropout, nn.Dropout) and dropout._p_1 < 1:
            module.dropout = KeyedDropout(1 - dropout._p_1, keys)


def wrap_layers(layers: Iterable[nn.Module], keys: DropoutKeys | None, recompute: bool) -> None:
    """Give every layer a dropout key of its own, the same with and without `recompute`, for the life of the process.

    With `recompute`, every class among `layers` keeps only its inputs for the backward pass; not in calls with an
    object that a layer writes to, such as a cache: what it wrote would be cut off from the gradient.
    """
    if keys is None and not recompute:
        return
    forwards = {type(layer): type(layer).__call__ for layer in layers if isinstance(layer, nn.Module)}
    for layer_class, forward in forwards.items():
        layer_class.__call__ = _wrapped(forward, keys, recompute)  # type: ignore[method-assign]


def _wrapped(forward: Any, keys: DropoutKeys | None, recompute: bool) -> Any:
    def call(layer: nn.Module, *args: Any, **kwargs: Any) -> Any:
        def inner(parameters: Any, key: mx.array | None, *args: Any, **kwargs: Any) -> Any:
            layer.update(parameters)
            if keys is None or key is None:
                return forward(layer, *args, **kwargs)
            outside = keys.key
            keys.begin(key)
            output = forward(layer, *args, **kwargs)
            keys.key = outside
            return output

        key = keys.draw() if keys is not None and layer.training else None
        run = mx.checkpoint(inner) if recompute and _is_plain([args, kwargs]) else inner
        return run(layer.trainable_parameters(), key, *args, **kwargs)

    return call


def _is_plain(value: Any) -> bool:
    """Whether it is made of arrays, constants, and tuples, lists and dicts of these."""
    if isinstance(value, dict):
        return all(_is_plain(each) for each in value.values())
    if isinstance(value, tuple | list):
        return all(_is_plain(each) for each in value)
    return value is None or isinstance(value, mx.array | bool | int | float | str)

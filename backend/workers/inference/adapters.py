"""Puts an adapter onto a loaded base and takes it off again, in place. Never changes a tensor of the base."""

from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.dora import DoRAEmbedding, DoRALinear
from mlx_lm.tuner.lora import LoRAEmbedding, LoRALinear, LoRASwitchLinear

from backend.adapters.contents import AdapterMismatch
from backend.lora.methods import FACTORS
from backend.workers.inference.adapter_files import Adapter, Factors, LowRank, Shapes, WholeWeights
from backend.workers.inference.fit import NO_FIT, fitting_module


class AdaptedModel:
    """A base model that can carry one adapter at a time.

    Whole weights stand beside the base's own, which are kept to be put back: memory for both.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self._base = dict(model.named_modules())
        self._layers: dict[str, nn.Module] = {}
        self._replaced: dict[str, mx.array] = {}

    def use(self, adapter: Adapter, scale: float | None) -> None:
        """Carry this adapter instead of any other. `scale` multiplies LoRA's or DoRA's update, no whole weights.

        LoRA layers of the same structure are overwritten in place. Raises AdapterMismatch, and then carries none.
        """
        match adapter:
            case WholeWeights():
                self._use_weights(adapter)
            case LowRank():
                self._use_factors(adapter, scale)

    def use_base(self) -> None:
        """Put the base's own modules and arrays back: from here on it computes what it did before any adapter."""
        if self._layers:
            self.model.update_modules(tree_unflatten([(path, self._base[path]) for path in self._layers]))
        if self._replaced:
            self.model.update(tree_unflatten(list(self._replaced.items())))
        self._layers, self._replaced = {}, {}

    def _use_factors(self, adapter: LowRank, scale: float | None) -> None:
        if _structure(self._layers) != {path: factors.shapes for path, factors in adapter.factors.items()}:
            self.use_base()
            layers = {path: self._build(path, factors) for path, factors in adapter.factors.items()}
            self.model.update_modules(tree_unflatten(list(layers.items())))
            self._layers = layers
        for path, layer in self._layers.items():
            factors = adapter.factors[path]
            layer.lora_a, layer.lora_b, layer.scale = factors.a, factors.b, scale
            if factors.m is not None:
                layer.m = factors.m

    def _use_weights(self, adapter: WholeWeights) -> None:
        self.use_base()
        flat: Any = tree_flatten(self.model.parameters())
        own: dict[str, mx.array] = dict(flat)
        for name, array in adapter.arrays.items():
            _check_weight(name, array, own.get(name))
        self.model.update(tree_unflatten(list(adapter.arrays.items())))
        self._replaced = {name: own[name] for name in adapter.arrays}

    def _build(self, path: str, factors: Factors) -> nn.Module:
        return _wrap(fitting_module(self._base, path, factors), dora=factors.m is not None)


def _wrap(module: nn.Module, dora: bool) -> nn.Module:
    """A LoRA or DoRA layer around the module, still without its factors."""
    if isinstance(module, (SwitchLinear, QuantizedSwitchLinear)):
        kind: Any = LoRASwitchLinear
    elif isinstance(module, (nn.Embedding, nn.QuantizedEmbedding)):
        kind = DoRAEmbedding if dora else LoRAEmbedding
    else:
        kind = DoRALinear if dora else LoRALinear
    layer: nn.Module = kind.from_base(module, r=1)
    return layer.eval()


def _structure(layers: dict[str, nn.Module]) -> dict[str, Shapes]:
    return {
        path: {name: layer[name].shape for name in FACTORS["dora"] if name in layer} for path, layer in layers.items()
    }


def _check_weight(name: str, array: mx.array, own: mx.array | None) -> None:
    if own is None:
        raise AdapterMismatch(f"{NO_FIT}: it holds {name}, and the base model has no such parameter.")
    if not mx.issubdtype(own.dtype, mx.floating):
        raise AdapterMismatch(
            f"{NO_FIT}: it holds whole weights as {name}, and the base model's are quantised. "
            "Choose the unquantised model that it was trained on."
        )
    if array.shape != own.shape:
        raise AdapterMismatch(f"{NO_FIT}: its {name} has the shape {array.shape}; the base model needs {own.shape}.")

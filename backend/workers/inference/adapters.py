"""Puts LoRA adapters onto a loaded base and takes them off again, in place. Never changes a tensor of the base."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_unflatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.lora import LoRAEmbedding, LoRALinear, LoRASwitchLinear

from backend.adapters.validation import AdapterMismatch
from backend.adapters.words import listed
from backend.workers.base_model import has_gpu
from backend.workers.inference.content import Content, content_of

CACHE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Factors:
    """The two factors of one module's update, shaped as mlx-lm's LoRA layers hold them.

    Linear: a (in, rank), b (rank, out). Switch: a (experts, rank, in), b (experts, out, rank).
    Embedding: a (vocabulary, rank), b (rank, out).
    """

    a: mx.array
    b: mx.array


Adapter = dict[str, Factors]
"""Module path to factors."""


class AdapterCache:
    """Adapters by the content of their file, the ones used last, up to `CACHE_BYTES` of tensors."""

    def __init__(self) -> None:
        self._adapters: OrderedDict[Content, Adapter] = OrderedDict()

    def load(self, file: Path) -> Adapter:
        content = content_of([file])
        adapter = self._adapters.pop(content, None) or read_adapter(file)
        self._adapters[content] = adapter
        while len(self._adapters) > 1 and sum(map(_size_bytes, self._adapters.values())) > CACHE_BYTES:
            self._adapters.popitem(last=False)
        return adapter


def read_adapter(file: Path) -> Adapter:
    """The factors in `file`, in float32 where there is no GPU. Raises AdapterMismatch where they are not all finite."""
    tensors = cast(dict[str, mx.array], mx.load(str(file)))
    if not has_gpu():
        tensors = {name: tensor.astype(mx.float32) for name, tensor in tensors.items()}
    finite = {name: mx.all(mx.isfinite(tensor)) for name, tensor in tensors.items()}
    mx.eval(tensors, finite)
    if broken := [name for name, ok in finite.items() if not ok.item()]:
        raise AdapterMismatch(
            f"{file} is damaged: {listed(broken)} {'holds' if len(broken) == 1 else 'hold'} NaN or infinity. "
            "Use an earlier checkpoint of this adapter, or train it again with a smaller learning rate."
        )
    paths = dict.fromkeys(name.rpartition(".")[0] for name in tensors)
    return {path: Factors(tensors[f"{path}.lora_a"], tensors[f"{path}.lora_b"]) for path in paths}


class AdaptedModel:
    """A base model that can carry one adapter at a time."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self._base = dict(model.named_modules())
        self._lora: dict[str, nn.Module] = {}

    def use(self, adapter: Adapter, scale: float) -> None:
        """Carry this adapter instead of any other. LoRA layers of the same structure are overwritten in place."""
        if _structure(self._lora) != {path: (f.a.shape, f.b.shape) for path, f in adapter.items()}:
            self.use_base()
            layers = {path: self._build(path, factors) for path, factors in adapter.items()}
            self.model.update_modules(tree_unflatten(list(layers.items())))
            self._lora = layers
        for path, layer in self._lora.items():
            layer.lora_a, layer.lora_b, layer.scale = adapter[path].a, adapter[path].b, scale

    def use_base(self) -> None:
        """Put the base's own modules back: from here on it computes what it did before any adapter."""
        self.model.update_modules(tree_unflatten([(path, self._base[path]) for path in self._lora]))
        self._lora = {}

    def _build(self, path: str, factors: Factors) -> nn.Module:
        module = self._base.get(path)
        expected = adapter_shapes(module, factors.b.shape[-1 if factors.b.ndim == 3 else 0]) if module else None
        if module is None or expected is None:
            raise AdapterMismatch(
                f"The adapter does not fit the base model: it changes {path}, "
                f"{'which is no module that LoRA can change' if module else 'and the base model has no such module'}."
            )
        if (factors.a.shape, factors.b.shape) != expected:
            raise AdapterMismatch(
                f"The adapter does not fit the base model: for {path} its lora_a and lora_b are "
                f"{factors.a.shape} and {factors.b.shape}; the base model needs {expected[0]} and {expected[1]}."
            )
        return _wrap(module)


def adapter_shapes(module: nn.Module, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The shapes of lora_a and lora_b on this module; None where mlx-lm has no LoRA layer for it."""
    match module:
        case SwitchLinear() | QuantizedSwitchLinear():
            experts, inputs, outputs = module.num_experts, module.input_dims, module.output_dims
            return (experts, rank, inputs), (experts, outputs, rank)
        case nn.Linear() | nn.QuantizedLinear():
            outputs, inputs = _unpacked_shape(module)
            return (inputs, rank), (rank, outputs)
        case nn.Embedding() | nn.QuantizedEmbedding():
            entries, width = _unpacked_shape(module)
            return (entries, rank), (rank, width)
    return None


def _unpacked_shape(module: nn.Module) -> tuple[int, int]:
    rows, columns = module.weight.shape
    return rows, columns * 32 // module.bits if "scales" in module else columns


def _wrap(module: nn.Module) -> nn.Module:
    """A LoRA layer around the module, still without its factors."""
    kind = LoRALinear
    if isinstance(module, (SwitchLinear, QuantizedSwitchLinear)):
        kind = LoRASwitchLinear
    elif isinstance(module, (nn.Embedding, nn.QuantizedEmbedding)):
        kind = LoRAEmbedding
    layer: nn.Module = kind.from_base(module, r=1)
    return layer.eval()


def _structure(layers: dict[str, nn.Module]) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    return {path: (layer.lora_a.shape, layer.lora_b.shape) for path, layer in layers.items()}


def _size_bytes(adapter: Adapter) -> int:
    return sum(factors.a.nbytes + factors.b.nbytes for factors in adapter.values())

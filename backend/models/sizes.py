"""Works out a model's sizes from its files alone, for a list that cannot wait until every model was inspected.

Knows configurations and the headers of weight files, not modules: every matrix of a layer counts as one that the usual
adapter adapts, so that a router's few rows are among them.
"""

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from backend.lora.fit import RANK, ModelSize, loading_bytes, quantised_bytes
from backend.lora.paths import split_path
from backend.models.config import context_length, layer_count, quantization_bits, setting
from backend.models.fingerprint import Tensor
from backend.models.weights import parameters


class Matrices(NamedTuple):
    """One weight: as many matrices of `inputs` by `outputs` as there are `experts`, mostly one."""

    name: str
    experts: int
    inputs: int
    outputs: int


def size_from_files(
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    stored_bytes: int,
    weight_bytes: int,
    cached_features: int,
    float_bytes: int,
) -> ModelSize | None:
    """The sizes that a profile would give; None where the files do not tell enough."""
    plain = dict(config)
    layers = layer_count(plain)
    hidden = setting(plain, "hidden_size", "n_embd", "d_model")
    matrices = [found for name, tensor in tensors.items() if (found := _matrices(name, tensor, config))]
    inside = [it for it in matrices if split_path(it.name)[0]]
    outside = [it for it in matrices if not split_path(it.name)[0]]
    if not (layers and hidden and inside):
        return None
    quantised = quantization_bits(plain) is not None
    return ModelSize(
        weight_bytes=weight_bytes,
        loading_bytes=loading_bytes(stored_bytes, weight_bytes),
        quantised_bytes=weight_bytes if quantised else quantised_bytes(parameters(config, tensors)),
        layers=layers,
        hidden=hidden,
        widest=max(max(it.inputs, it.outputs) for it in inside),
        cached_features=cached_features,
        vocabulary=max((max(it.inputs, it.outputs) for it in outside), default=0),
        adapter_parameters=sum(RANK * it.experts * (it.inputs + it.outputs) for it in inside),
        float_bytes=float_bytes,
        context=context_length(plain),
    )


def _matrices(name: str, tensor: Tensor, config: Mapping[str, Any]) -> Matrices | None:
    """None for vectors, and for what only tells how a packed weight is packed."""
    if len(tensor.shape) < 2 or name.endswith("_scales"):
        return None
    *leading, outputs, _ = tensor.shape
    experts = prod(leading)
    inputs = parameters(config, {name: tensor}) // max(1, experts * outputs)
    return Matrices(name, experts, inputs, outputs) if inputs else None

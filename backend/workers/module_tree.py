"""Walks a model's module tree: its layers, what LoRA can adapt, and which target group every parameter belongs to.

Knows mlx-lm's modules, whether they hold weights or not; knows no configuration and no presets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear

from backend.lora.paths import layer_group
from backend.lora.profile import Group, ModuleKind, ParameterCount

KINDS: dict[type[nn.Module], ModuleKind] = {
    nn.Linear: "linear",
    nn.QuantizedLinear: "quantized_linear",
    SwitchLinear: "switch_linear",
    QuantizedSwitchLinear: "quantized_switch_linear",
}
SWITCHES = (SwitchLinear, QuantizedSwitchLinear)
EMBEDDINGS = (nn.Embedding, nn.QuantizedEmbedding)

HEADS = frozenset({"lm_head", "embed_out", "output", "head"})
NOT_THE_HEAD = ("per_layer", "wpe", "pos")
"""In the names of embeddings that are no head even where there is no other: tables of positions and the like."""

NOT_CALLED = ("prediction_coefs", "correction_coefs", "res_proj")
"""Linear modules whose weight is read without calling them (gemma3n, kimi_k3): LoRA on them would do nothing."""

NO_GRADIENT = frozenset({"indexer", "index_q_proj", "index_k_proj", "index_q_norm", "index_k_norm"})
"""Modules that only choose positions (deepseek_v32, glm_moe_dsa, minimax_m3_vl): no gradient reaches them."""

CONSTANTS = frozenset({"e_score_correction_bias", "expert_bias", "router_bias", "eps"})
"""Parameters that only choose experts, or are no weights (apertus): weight decay alone would move them."""

REMEMBERED = ("res_proj", "res_norm")
"""Modules that kimi_k3 multiplies once and remembers, also from one training step to the next validation."""


@dataclass(frozen=True)
class Found:
    """A module that LoRA can adapt, where it stands, and what it is; `tied` marks an embedding that is the head too."""

    path: str
    module: nn.Module
    layer: int | None
    group: Group
    tied: bool = False


def layers(model: nn.Module) -> list[nn.Module]:
    """The model's layers in order, each once, also where a model runs through them several times."""
    return list({id(layer): layer for layer in model.layers if isinstance(layer, nn.Module)}.values())


def can_adapt(path: str, module: nn.Module) -> bool:
    """Whether LoRA on this module has an effect, a gradient, and an adapter file that mlx-lm loads again.

    Subclasses are left out: those of afm7 name their LoRA tensors so that stock mlx-lm refuses to load them.
    """
    if type(module) not in KINDS:
        return False
    parts = path.split(".")
    return not parts[-1].endswith(NOT_CALLED) and NO_GRADIENT.isdisjoint(parts)


def can_train(name: str, value: mx.array) -> bool:
    """Whether full fine-tuning can change the parameter of this full name."""
    *parts, leaf = name.split(".")
    constant = leaf in CONSTANTS or any(part.endswith(REMEMBERED) for part in parts)
    return mx.issubdtype(value.dtype, mx.floating) and not constant and NO_GRADIENT.isdisjoint(parts)


def adaptable(model: nn.Module) -> Iterator[Found]:
    """What LoRA can adapt inside the layers, in the tree's order."""
    paths = {id(module): path for path, module in model.named_modules()}
    for index, layer in enumerate(layers(model)):
        prefix = paths[id(layer)]
        for relative, module in reversed(layer.named_modules()):
            if can_adapt(relative, module):
                yield Found(f"{prefix}.{relative}", module, index, _group(layer, relative, module))


def outside_layers(model: nn.Module) -> list[Found]:
    """The token embeddings and the head, where it is a module of its own; talkie's is a bare array."""
    inside = {id(module) for layer in layers(model) for module in layer.modules()}
    outside = [(path, module) for path, module in reversed(model.named_modules()) if id(module) not in inside]
    embeddings = [(path, module) for path, module in outside if isinstance(module, EMBEDDINGS)]
    rows = {module.weight.shape[0] for _, module in embeddings}
    heads = [
        Found(path, module, None, "head")
        for path, module in outside
        if type(module) in KINDS and (path.rpartition(".")[2] in HEADS or module.weight.shape[-2] in rows)
    ]
    bare_head = any(isinstance(module.get(name), mx.array) for _, module in outside for name in HEADS)
    tied = not heads and not bare_head
    found = [
        Found(path, module, None, "embeddings", tied=tied and not any(word in path for word in NOT_THE_HEAD))
        for path, module in embeddings
    ]
    return found + heads


def parameter_groups(model: nn.Module) -> dict[str, tuple[int | None, Group]]:
    """Layer and group of every parameter of a model without LoRA, by full name."""
    inside: dict[str, tuple[int | None, Group]] = {}
    paths = {id(module): path for path, module in model.named_modules()}
    for index, layer in enumerate(layers(model)):
        for relative, module in layer.named_modules():
            group = _group(layer, relative, module) if relative and "weight" in module else "other"
            inside[f"{paths[id(layer)]}.{relative}".rstrip(".")] = index, group
    places = inside | {found.path: (None, found.group) for found in outside_layers(model)}
    arrays: list[tuple[str, mx.array]] = tree_flatten(model.parameters())  # type: ignore[assignment]
    return {name: _nearest_place(name, places) for name, _ in arrays}


def parameter_counts(model: nn.Module) -> list[ParameterCount]:
    """How many parameters of each group full fine-tuning can change in each layer."""
    places = parameter_groups(model)
    counts: dict[tuple[int | None, Group], int] = {}
    arrays: Any = tree_flatten(model.parameters())
    for name, array in arrays:
        if can_train(name, array):
            counts[places[name]] = counts.get(places[name], 0) + array.size
    return [
        ParameterCount(layer=layer, group=group, parameters=parameters) for (layer, group), parameters in counts.items()
    ]


def _nearest_place(name: str, places: dict[str, tuple[int | None, Group]]) -> tuple[int | None, Group]:
    """The place of the innermost module that is known; a parameter of a container counts as other."""
    path = name.rpartition(".")[0]
    if path in places:
        return places[path]
    while path and path not in places:
        path = path.rpartition(".")[0]
    return (places[path][0] if path else None), "other"


def _group(layer: nn.Module, relative: str, module: nn.Module) -> Group:
    """The group of the module `relative` of a layer; only matrices belong to one, norms and the like are other."""
    if isinstance(module, EMBEDDINGS):
        return "embeddings"
    if module.weight.ndim < 2 or "norm" in relative.rpartition(".")[2].lower():
        return "other"
    block: Any = layer
    classes = []
    for name in relative.split(".")[:-1]:
        block = block[int(name)] if isinstance(block, list) else block[name]
        if isinstance(block, nn.Module):
            classes.append(type(block).__name__)
    matrices = block.items() if isinstance(block, dict) else ()
    siblings = frozenset(name for name, part in matrices if isinstance(part, nn.Module) and type(part) in KINDS)
    return layer_group(relative, siblings, classes, isinstance(module, SWITCHES))

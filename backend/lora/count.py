"""Counts what a run trains, exactly. Pure arithmetic over shapes."""

from collections.abc import Iterable

from backend.lora.profile import Module


def module_parameters(module: Module, rank: int, dora: bool = False) -> int:
    """Parameters of one LoRA pair: A is in x rank, B is rank x out, once for every expert of a switch layer.

    DoRA adds a magnitude for every row of the weight: an output feature, or a token of an embedding.
    """
    pair = rank * (module.in_features + module.out_features) * (module.experts or 1)
    rows = module.in_features if module.kind.endswith("embedding") else module.out_features
    return pair + (rows if dora else 0)


def trainable_parameters(modules: Iterable[Module], rank: int) -> int:
    """Parameters that LoRA at one `rank` for all the modules changes."""
    return sum(module_parameters(module, rank) for module in modules)

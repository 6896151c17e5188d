"""Counts what an adapter trains, exactly. Pure arithmetic over shapes."""

from collections.abc import Iterable

from backend.lora.profile import Module


def module_parameters(module: Module, rank: int) -> int:
    """Parameters of one LoRA pair: A is in x rank, B is rank x out, once for every expert of a switch layer."""
    return rank * (module.in_features + module.out_features) * (module.experts or 1)


def trainable_parameters(modules: Iterable[Module], rank: int) -> int:
    """Parameters that training at `rank` changes over all the modules."""
    return sum(module_parameters(module, rank) for module in modules)

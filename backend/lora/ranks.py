"""Decides the rank and the scale of every adapted module: one for all, one for experts, or by pattern.

A pure function of its arguments; the first pattern that names a module wins.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel

from backend.errors import FieldError
from backend.lora.profile import GROUPS, Group, Module
from backend.lora.selection import groups_of, nearest, selects

Value = TypeVar("Value", int, float)


class AdaptedModule(BaseModel):
    """One module of a run, with its true rank and multiplier; rank 0 where its own weights are trained instead."""

    path: str
    group: Group
    rank: int
    scale: float


class RankSettings(Protocol):
    """The fields of a run's configuration that ranks and scales follow from."""

    @property
    def lora_rank(self) -> int: ...
    @property
    def lora_alpha(self) -> float: ...
    @property
    def lora_scale(self) -> float | None: ...
    @property
    def use_rslora(self) -> bool: ...
    @property
    def expert_rank(self) -> int | None: ...
    @property
    def rank_pattern(self) -> Mapping[str, int]: ...
    @property
    def alpha_pattern(self) -> Mapping[str, float]: ...


def adapted_modules(modules: Sequence[Module], settings: RankSettings) -> list[AdaptedModule]:
    """The modules with their ranks and scales. Raises FieldError for what names none of them.

    `rank_pattern` comes before `expert_rank`, that before `lora_rank`; an alpha by pattern comes before `lora_scale`.
    """
    if settings.expert_rank is not None and all(module.group != "experts" for module in modules):
        raise FieldError("expert_rank", "A rank of experts is given, but no adapted module is an expert; leave it out.")
    _check_patterns("rank_pattern", settings.rank_pattern, modules)
    _check_patterns("alpha_pattern", settings.alpha_pattern, modules)
    return [_adapted(module, settings) for module in modules]


def scale_of(alpha: float, rank: int, rank_stabilised: bool) -> float:
    """alpha / rank (Hu et al., 2021), or alpha / sqrt(rank) (Kalajdzievski, 2023)."""
    return alpha / (math.sqrt(rank) if rank_stabilised else rank)


def saved_rank(modules: Iterable[AdaptedModule]) -> int:
    """The one rank that mlx-lm reads: the largest, to which the others are padded."""
    return max((module.rank for module in modules), default=0)


def saved_scale(modules: Iterable[AdaptedModule]) -> float:
    """The one multiplier that mlx-lm reads: the common one, or 1 where each is folded into its module's B."""
    scales = {module.scale for module in modules}
    return scales.pop() if len(scales) == 1 else 1.0


def _adapted(module: Module, settings: RankSettings) -> AdaptedModule:
    rank = _first(settings.rank_pattern, module)
    if rank is None:
        rank = settings.expert_rank if module.group == "experts" else None
    if rank is None:
        rank = settings.lora_rank
    alpha = _first(settings.alpha_pattern, module)
    if alpha is None and settings.lora_scale is not None:
        scale = settings.lora_scale
    else:
        scale = scale_of(settings.lora_alpha if alpha is None else alpha, rank, settings.use_rslora)
    return AdaptedModule(path=module.path, group=module.group, rank=rank, scale=scale)


def _first(patterns: Mapping[str, Value], module: Module) -> Value | None:
    return next((value for pattern, value in patterns.items() if selects(pattern, module)), None)


def _check_patterns(field: str, patterns: Iterable[str], modules: Sequence[Module]) -> None:
    for pattern in patterns:
        if not any(selects(pattern, module) for module in modules):
            raise FieldError(field, f"{field}: {_no_module(pattern, modules)}")


def _no_module(pattern: str, modules: Sequence[Module]) -> str:
    if not pattern.strip():
        return f"one of the patterns is empty; leave it out, or name a module such as {modules[0].key}."
    if pattern in GROUPS:
        return f"no adapted module belongs to {pattern}; they belong to {', '.join(groups_of(modules))}."
    return f"no adapted module is {pattern}; the nearest that is adapted is {nearest(pattern, modules)}."

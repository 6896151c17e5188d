"""Decides which modules an adapter covers: from a preset and a model's profile to mlx-lm's keys.

A pure function of its arguments: knows module names, not MLX, and no table of models but for what is added by name.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.errors import FieldError
from backend.lora.paths import is_merged, is_query_or_value, relative_key, role, short, split_path
from backend.lora.profile import ModelProfile, Module

TargetPreset = Literal["full", "attention", "query_value", "mlp", "custom"]

SEVEN_KEYS = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
)

ROUTERS_BY_NAME = {
    "mixtral": ("block_sparse_moe.gate",),
    "phimoe": ("block_sparse_moe.gate",),
    "qwen2_moe": ("mlp.shared_expert_gate",),
    "qwen3_next": ("mlp.shared_expert_gate",),
}
"""The routers that are adapted too; every other router is left as it is."""

PARAMETERS_BY_NAME = {"qwen3_next": "linear_attn.dt_bias"}
"""What one would expect to be adapted, and cannot be."""

OUTSIDE_LAYERS = re.compile(r"(^|\.)(lm_head|embed_\w+|wte|wpe|embed_out)$")
NOT_MODULES = ("bias", "dt_bias", "A_log", "weight", "scales")


@dataclass(frozen=True)
class Targets:
    """`keys` are relative to a layer, as mlx-lm wants them; `modules` are what they adapt; `notes` are for the log."""

    keys: tuple[str, ...]
    modules: tuple[Module, ...]
    notes: tuple[str, ...]


def resolve_targets(
    profile: ModelProfile,
    preset: TargetPreset = "full",
    num_layers: int = -1,
    custom_keys: Sequence[str] | None = None,
) -> Targets:
    """The modules of the last `num_layers` layers (-1 and 0 mean all) that the preset takes.

    `custom_keys`, with the preset "custom" alone, are relative to a layer or full paths; a full path is adapted
    whatever `num_layers` says, as mlx-lm does it. Raises FieldError for a key that matches nothing, naming the
    nearest, and for more layers than there are.
    """
    adapted = _last_layers(profile, num_layers)
    if preset == "custom":
        return _custom(profile, adapted, custom_keys or ())
    if custom_keys:
        raise FieldError("lora_keys", f"Keys belong to the custom choice of modules, but the choice is {preset}.")
    roles = _roles(profile)
    full = {key for key in roles if roles[key] != "router" or key in ROUTERS_BY_NAME.get(profile.model_type, ())}
    wanted = {key for key in full if _takes(preset, key, roles[key])}
    modules = tuple(module for module in adapted if relative_key(module.path) in wanted)
    keys = tuple(dict.fromkeys(relative_key(module.path) for module in modules))
    if not keys:
        raise FieldError("targets", _nothing_to_adapt(profile, preset, full))
    return Targets(keys, modules, tuple(_notes(profile, preset, keys, roles)))


def _takes(preset: TargetPreset, key: str, part: str) -> bool:
    if preset == "full":
        return True
    if preset == "mlp":
        return part in ("mlp", "router")
    return part == "attention" and (preset == "attention" or is_query_or_value(key.rsplit(".", 1)[-1]))


def _roles(profile: ModelProfile) -> dict[str, str]:
    """What part of a layer each key is, in the tree's order."""
    blocks: dict[str, set[str]] = {}
    for module in profile.modules:
        block, _, leaf = module.path.rpartition(".")
        blocks.setdefault(block, set()).add(leaf)
    roles: dict[str, str] = {}
    for module in profile.modules:
        key = relative_key(module.path)
        roles.setdefault(key, role(key, frozenset(blocks[module.path.rpartition(".")[0]])))
    return roles


def _last_layers(profile: ModelProfile, num_layers: int) -> list[Module]:
    if num_layers < -1:
        raise FieldError("lora_num_layers", f"lora_num_layers is {num_layers}; give -1 for all layers, or a number.")
    if num_layers > profile.num_layers:
        raise FieldError(
            "lora_num_layers",
            f"lora_num_layers is {num_layers}, but the model has {profile.num_layers} layers; "
            f"give -1 for all of them, or 1 to {profile.num_layers} for the last ones.",
        )
    if num_layers <= 0:
        return list(profile.modules)
    first = profile.num_layers - num_layers
    positions = _layer_positions(profile)
    return [module for module in profile.modules if positions[split_path(module.path)[0]] >= first]


def _layer_positions(profile: ModelProfile) -> dict[str, int]:
    """Where each layer stands, counted from 0. A second list of layers (afm7) follows the first."""
    indices: dict[str, list[int]] = {}
    for module in profile.modules:
        container, _, index = split_path(module.path)[0].rpartition(".")
        indices.setdefault(container, []).append(int(index))
    positions: dict[str, int] = {}
    start = 0
    for container, numbers in indices.items():
        positions |= {f"{container}.{number}": start + number for number in numbers}
        start += max(numbers) + 1
    return positions


def _custom(profile: ModelProfile, adapted: list[Module], custom_keys: Sequence[str]) -> Targets:
    if not custom_keys:
        raise FieldError("lora_keys", f"Give at least one key, such as {relative_key(profile.modules[0].path)}.")
    relative = {relative_key(module.path) for module in adapted}
    paths = {module.path for module in profile.modules}
    everywhere = {relative_key(path) for path in paths}
    for key in custom_keys:
        if key in relative or key in paths:
            continue
        if key in everywhere:
            raise FieldError("lora_keys", f"{key} stands only in layers before those that are adapted.")
        raise FieldError("lora_keys", _unknown_key(profile, key, everywhere))
    chosen = set(custom_keys)
    covered = {module.path for module in adapted if relative_key(module.path) in chosen}
    keys = tuple(key for key in dict.fromkeys(custom_keys) if key not in covered)
    modules = tuple(module for module in profile.modules if module.path in covered | chosen)
    return Targets(keys, modules, ())


def _unknown_key(profile: ModelProfile, key: str, known: set[str]) -> str:
    leaf = key.rsplit(".", 1)[-1]
    if leaf in NOT_MODULES:
        return f"{key} is a parameter, not a linear module, so it cannot take LoRA."
    if OUTSIDE_LAYERS.search(key):
        return f"{key} lies outside the layers; LoRA adapts modules inside them, embeddings and head stay as they are."
    endings = sorted(name for name in known if name.endswith(f".{leaf}"))
    alike = sorted(name for name in known if role(name) == role(key)) or sorted(known)
    nearest = endings or difflib.get_close_matches(relative_key(key), alike, n=1, cutoff=0)
    return f"No linear module in the layers of this {profile.model_type} model is {key}; the nearest is {nearest[0]}."


def _nothing_to_adapt(profile: ModelProfile, preset: TargetPreset, full: Iterable[str]) -> str:
    names = {"attention": "attention projections", "query_value": "query or value projections", "mlp": "MLP matrices"}
    there = ", ".join(sorted({short(key) for key in full}))
    return (
        f"The adapted layers of this {profile.model_type} model have no {names.get(preset, 'linear modules')}; "
        f"choose full, which takes {there}."
    )


def _notes(profile: ModelProfile, preset: TargetPreset, keys: Sequence[str], roles: dict[str, str]) -> Iterable[str]:
    if preset == "full":
        extra = _shortened(key for key in keys if key not in SEVEN_KEYS)
        if extra and any(key in SEVEN_KEYS for key in keys):
            yield f"Detected {profile.model_type} - adding {extra}"
        elif extra:
            yield f"Detected {profile.model_type} - adapting {extra} in place of the seven usual matrices"
        if parameter := PARAMETERS_BY_NAME.get(profile.model_type):
            yield f"{parameter} is a parameter, not a linear module, so it cannot take LoRA"
    if preset in ("full", "mlp"):
        routers = _shortened(key for key, part in roles.items() if part == "router" and key not in keys)
        if routers:
            yield f"Routers stay as they are: {routers}"
    if preset == "query_value":
        merged = _shortened(key for key in keys if is_merged(key.rsplit(".", 1)[-1]))
        if merged:
            yield f"Query, key and value share a module here, so it is adapted as a whole: {merged}"


def _shortened(keys: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(short(key) for key in keys))

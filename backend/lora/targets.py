"""Decides which modules an adapter covers: from a preset and a model's profile to mlx-lm's keys.

A pure function of its arguments: knows module names, not MLX, and no table of models but for what is added by name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.errors import FieldError
from backend.lora.paths import is_merged, is_query_or_value, role, short
from backend.lora.profile import GROUPS, ModelProfile, Module
from backend.lora.selection import groups_of, is_pattern, nearest, selects

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

HEAD = re.compile(r"(^|\.)(lm_head|embed_out)$")
NOT_MODULES = ("bias", "dt_bias", "A_log", "weight", "scales")


@dataclass(frozen=True)
class Targets:
    """`keys` are as mlx-lm wants them: relative to a layer, or full paths, which it takes whatever the layers.

    `modules` are what they adapt; `notes` are for the log.
    """

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

    `custom_keys`, with the preset "custom" alone, are keys relative to a layer, groups, patterns of these, or full
    paths; a full path is adapted whatever `num_layers` says, as mlx-lm does it. Raises FieldError for a key that
    matches nothing, naming the nearest, and for more layers than there are.
    """
    adapted = last_layers(profile, num_layers)
    if preset == "custom":
        return _custom(profile, adapted, custom_keys or ())
    if custom_keys:
        raise FieldError("lora_keys", f"Keys belong to the custom choice of modules, but the choice is {preset}.")
    roles = _roles(profile)
    full = {key for key in roles if roles[key] != "router" or key in ROUTERS_BY_NAME.get(profile.model_type, ())}
    wanted = {key for key in full if _takes(preset, key, roles[key])}
    modules = tuple(module for module in adapted if module.key in wanted)
    keys = tuple(dict.fromkeys(module.key for module in modules))
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
    inside = [module for module in profile.modules if module.layer is not None]
    blocks: dict[str, set[str]] = {}
    for module in inside:
        block, _, leaf = module.path.rpartition(".")
        blocks.setdefault(block, set()).add(leaf)
    roles: dict[str, str] = {}
    for module in inside:
        roles.setdefault(module.key, role(module.key, frozenset(blocks[module.path.rpartition(".")[0]])))
    return roles


def last_layers(profile: ModelProfile, num_layers: int) -> list[Module]:
    """The modules inside the last `num_layers` layers; -1 and 0 mean all layers."""
    if num_layers < -1:
        raise FieldError("lora_num_layers", f"lora_num_layers is {num_layers}; give -1 for all layers, or a number.")
    if num_layers > profile.num_layers:
        raise FieldError(
            "lora_num_layers",
            f"lora_num_layers is {num_layers}, but the model has {profile.num_layers} layers; "
            f"give -1 for all of them, or 1 to {profile.num_layers} for the last ones.",
        )
    first = profile.num_layers - num_layers if num_layers > 0 else 0
    return [module for module in profile.modules if module.layer is not None and module.layer >= first]


def _custom(profile: ModelProfile, adapted: list[Module], custom_keys: Sequence[str]) -> Targets:
    if not custom_keys:
        raise FieldError("lora_keys", f"Give at least one key, such as {profile.modules[0].key}.")
    if any(not word.strip() for word in custom_keys):
        raise FieldError(
            "lora_keys", f"One of the keys is empty; leave it out, or name a module such as {profile.modules[0].key}."
        )
    chosen = {word: _meant_by(word, profile, adapted) for word in custom_keys}
    paths = {module.path for modules in chosen.values() for module in modules}
    _refuse_tied(module for module in profile.modules if module.path in paths)
    alike: dict[str, set[str]] = {}
    for module in adapted:
        alike.setdefault(module.key, set()).add(module.path)
    whole = {key for key, others in alike.items() if others <= paths}
    inside = {module.path for module in adapted if module.key in whole}
    keys = dict.fromkeys(
        module.key if module.path in inside and module.path != word else module.path
        for word, modules in chosen.items()
        for module in modules
    )
    covered = {module.path for module in adapted if module.key in keys}
    notes = [f"Adapting {word}: {_shortened(module.key for module in chosen[word])}" for word in custom_keys
             if word in GROUPS or is_pattern(word)]  # fmt: skip
    return Targets(
        keys=tuple(key for key in keys if key not in covered),
        modules=tuple(module for module in profile.modules if module.path in paths),
        notes=tuple(notes),
    )


def _meant_by(word: str, profile: ModelProfile, adapted: list[Module]) -> list[Module]:
    """What a word of a custom choice takes: of the adapted layers first, else a full path, an embedding or the head."""
    outside = [module for module in profile.modules if module.layer is None]
    found = (
        [module for module in profile.modules if module.path == word]
        or [module for module in adapted if selects(word, module)]
        or [module for module in outside if selects(word, module)]
    )
    if found:
        return found
    if any(selects(word, module) for module in profile.modules):
        raise FieldError("lora_keys", f"{word} stands only in layers before those that are adapted.")
    raise FieldError("lora_keys", _unknown_key(profile, word, outside))


def _refuse_tied(chosen: Iterable[Module]) -> None:
    """mlx-lm's LoRA on a tied embedding changes the head as well, and other tools' does not: the two would differ."""
    for module in chosen:
        if module.tied:
            raise FieldError(
                "lora_keys",
                f"{module.path} is the model's head too (the two are tied), so it cannot be adapted: other tools "
                "would apply the adapter to the embedding alone. Leave it out, or fine-tune it in full.",
            )


def _unknown_key(profile: ModelProfile, key: str, outside: list[Module]) -> str:
    leaf = key.rsplit(".", 1)[-1]
    if leaf in NOT_MODULES:
        return f"{key} is a parameter, not a linear module, so it cannot take LoRA."
    tied = [module.path for module in outside if module.tied]
    if tied and (key == "head" or HEAD.search(key)):
        return (
            f"{key}: the head of this model is its embedding, {tied[0]} (the two are tied); it has no LoRA of its own."
        )
    if key in GROUPS:
        return f"This {profile.model_type} model has no {key}; it has {', '.join(groups_of(profile.modules))}."
    near = nearest(key, [module for module in profile.modules if not module.tied])
    return f"No module that LoRA can adapt in this {profile.model_type} model is {key}; the nearest is {near}."


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

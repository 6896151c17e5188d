"""Says what an adapter that fits does to a base model, and what a person should know about it. Knows no MLX."""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

from backend.adapters.contents import FLOAT_BYTES
from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.tensors import Tensor
from backend.adapters.words import listed
from backend.errors import FieldError
from backend.lora.methods import Method, dora_obstacle
from backend.lora.paths import short, split_path
from backend.lora.profile import ModelProfile
from backend.lora.ranks import scale_of
from backend.lora.targets import resolve_targets

LARGE_SCALE = 10.0
"""From here on a multiplier is more likely an alpha that was written into `scale` than one that was meant."""


LARGE_BYTES = 2 * 1000**3
"""From here on it is worth a word what whole weights take beside the base model."""


@dataclass(frozen=True)
class Fit:
    """How an adapter applies to a base.

    `num_layers` and `keys` are as recorded, else as the tensors say; `rank` None means several ranks. Whole weights
    have neither rank nor scale nor keys.
    """

    method: Method
    warnings: list[str]
    num_layers: int
    rank: int | None
    alpha: float | None
    scale: float | None
    dropout: float | None
    keys: list[str] | None


def describe(
    record: AdapterRecord, method: Method, ranks: Mapping[str, int], profile: ModelProfile, scale: float | None
) -> Fit:
    """`ranks` gives the rank of each adapted module by path, `scale` is the one that was asked for, if any.

    Raises FieldError where neither the request nor the record has a scale.
    """
    inside = {module.path: module for module in profile.modules if module.layer is not None}
    layers = {module.layer for path, module in inside.items() if path in ranks}
    found_keys = list(dict.fromkeys([module.key for path, module in inside.items() if path in ranks]))
    found_keys += [path for path in ranks if path not in inside]
    different = set(ranks.values())
    rank = different.pop() if len(different) == 1 else None
    used_scale = _scale(record, scale)
    return Fit(
        method=method,
        warnings=[
            *_config_warnings(record, found_keys, profile),
            *_coverage_warnings(layers, profile),
            *_missing_keys(method, found_keys, profile),
            *_scale_warnings(record, rank, scale),
        ],
        num_layers=record.num_layers if record.num_layers is not None else len(layers),
        rank=rank,
        alpha=record.lora.alpha if record.lora.alpha is not None else (used_scale * rank if rank else None),
        scale=used_scale,
        dropout=record.lora.dropout,
        keys=record.lora.keys if record.lora.keys is not None else found_keys,
    )


def describe_weights(record: AdapterRecord, tensors: Mapping[str, Tensor], profile: ModelProfile) -> Fit:
    """Of full fine-tuning, whose `tensors` take the place of the base's own."""
    lists = layer_lists(profile)
    layers = {number for name in tensors if (number := layer_number(name, lists)) is not None}
    missing = [
        module.path for module in profile.modules if module.layer in layers and f"{module.path}.weight" not in tensors
    ]
    size_bytes = sum(math.prod(tensor.shape) * FLOAT_BYTES[tensor.dtype] for tensor in tensors.values())
    warnings = _coverage_warnings(layers, profile)
    if record.config is None:
        warnings.insert(0, f"{record.config_problem}: the names of the tensors say that they are whole weights.")
    if missing:
        warnings.append(f"These matrices of the layers that it covers stay the base's: {listed(missing)}.")
    if size_bytes >= LARGE_BYTES:
        warnings.append(
            f"While it is in use, its weights take {size_bytes / 1000**3:.1f} GB of memory beside the base model's."
        )
    return Fit(
        method="full",
        warnings=warnings,
        num_layers=record.num_layers if record.num_layers is not None else len(layers),
        rank=None,
        alpha=None,
        scale=None,
        dropout=None,
        keys=None,
    )


def layer_lists(profile: ModelProfile) -> frozenset[str]:
    """The paths of the lists that hold the model's layers, such as `model.layers`."""
    inside = [module.path for module in profile.modules if module.layer is not None]
    return frozenset(split_path(path)[0].rpartition(".")[0] for path in inside)


def layer_number(name: str, lists: Set[str]) -> int | None:
    """Which layer a tensor stands in, by its name alone, also where there is no such layer; None outside of them."""
    parent, _, number = split_path(name)[0].rpartition(".")
    return int(number) if parent in lists else None


def _scale(record: AdapterRecord, asked: float | None) -> float:
    scale = asked if asked is not None else record.lora.scale
    if scale is None:
        reason = record.config_problem or f"{CONFIG} has no scale"
        raise FieldError(
            "adapter_scale",
            f"{reason}, and the scale of the adapter {record.name} cannot be read from its tensors. "
            "Give adapter_scale, the multiplier of its update: alpha / rank, which mlx-lm calls scale.",
        )
    return scale


def _config_warnings(record: AdapterRecord, found_keys: list[str], profile: ModelProfile) -> list[str]:
    if record.config is None:
        return [f"{record.config_problem}: rank and keys were read from the tensors, the scale is the one given."]
    warnings = []
    if record.config.num_layers is None and record.config.lora_layers is not None:
        warnings.append(
            f"{CONFIG} is of an early mlx-lm (lora_layers in place of num_layers): the adapter runs here, "
            "and today's mlx_lm.generate cannot read the folder."
        )
    if record.lora.keys is None:
        warnings.append(
            f"{CONFIG} lacks explicit keys: mlx-lm then adapts every linear module. "
            f"The tensors here adapt {listed(found_keys)}."
        )
        return warnings
    known = {name for module in profile.modules for name in (module.path, module.key)} | set(found_keys)
    if strange := [key for key in record.lora.keys if key not in known]:
        warnings.append(f"{CONFIG} names keys that match no module of this base model: {listed(strange)}.")
    return warnings


def _coverage_warnings(layers: Set[int | None], profile: ModelProfile) -> list[str]:
    if len(layers) >= profile.num_layers:
        return []
    return [f"The adapter covers only {len(layers)} of {profile.num_layers} layers."]


def _missing_keys(method: Method, found_keys: list[str], profile: ModelProfile) -> list[str]:
    """Compared with the full preset of this base, as far as the method can adapt it."""
    modules = resolve_targets(profile, "full").modules
    full = [module.key for module in modules if method != "dora" or dora_obstacle(module) is None]
    missing = dict.fromkeys(short(key) for key in full if key not in found_keys)
    return [f"The adapter misses keys of the full preset: {listed(missing)}."] if missing else []


def _scale_warnings(record: AdapterRecord, rank: int | None, asked: float | None) -> list[str]:
    recorded = record.lora.scale
    if asked is not None and recorded is not None and asked != recorded:
        return [f"The scale {asked:g} of the request is used in place of the recorded {recorded:g}."]
    alpha = record.lora.alpha
    if recorded is None or rank is None or (alpha is not None and _is_meant(recorded, alpha, rank, record)):
        return []
    if recorded >= LARGE_SCALE or (alpha == recorded and rank > 1):
        meant = recorded if alpha is None else alpha
        return [
            f"The adapter's multiplier (scale) is {recorded:g}: its update counts as with alpha {recorded * rank:g} at "
            f"rank {rank}. It runs exactly as it was trained. Alpha {meant:g} at rank {rank} means a multiplier of "
            f"{meant / rank:g} in adapters that are made here."
        ]
    return []


def _is_meant(scale: float, alpha: float, rank: int, record: AdapterRecord) -> bool:
    return abs(scale_of(alpha, rank, record.lora.use_rslora) - scale) < 1e-6 * scale

"""Checks whether an adapter fits a base model, and what there is to know about it: decides, from what others read.

Knows records, tensor headers and model profiles; no numbers (the worker checks that they are finite), no MLX, no web.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.tensors import Tensor
from backend.adapters.words import listed
from backend.errors import AppError, FieldError
from backend.lora.paths import short, split_path
from backend.lora.profile import ModelProfile, Module
from backend.lora.targets import resolve_targets

FLOATS = frozenset({"F32", "F16", "BF16"})
LARGE_SCALE = 10.0
"""From here on a multiplier is more likely an alpha that was written into `scale` than one that was meant."""


class AdapterMismatch(AppError):
    """The adapter does not fit the base model, or its files do not fit each other."""

    code = "adapter_mismatch"


@dataclass(frozen=True)
class Fit:
    """How an adapter applies to a base.

    `num_layers` and `keys` are as recorded, else as the tensors say; `rank` None means several ranks.
    """

    warnings: list[str]
    num_layers: int
    rank: int | None
    alpha: float | None
    scale: float
    dropout: float | None
    keys: list[str]


def check_fit(
    record: AdapterRecord, tensors: Mapping[str, Tensor], profile: ModelProfile, scale: float | None = None
) -> Fit:
    """Whether the tensors fit the base's profile and the adapter's own record. `scale` is the one that was asked for.

    Tensors of modules that the profile does not list (a head, an embedding) are left to the worker, which sees the
    real module tree. Raises AdapterMismatch, or FieldError where the scale is missing.
    """
    _check_method(record)
    modules = {module.path: module for module in profile.modules}
    ranks = adapted_ranks(record.name, tensors)
    _check_layers(record, ranks, profile)
    for path in ranks.keys() & modules.keys():
        _check_shapes(record.name, path, tensors, modules[path], ranks[path])
    _check_record(record, ranks, modules, profile)
    return _describe(record, ranks, [modules[path] for path in ranks if path in modules], profile, scale)


def adapted_ranks(name: str, tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Path of each adapted module to its rank, in the file's order. Raises AdapterMismatch where a factor lacks."""
    paths = dict.fromkeys(tensor.rpartition(".")[0] for tensor in tensors)
    strange = [tensor for tensor in tensors if not tensor.endswith((".lora_a", ".lora_b"))]
    if strange:
        raise AdapterMismatch(f"The adapter {name} holds tensors that are no LoRA factors: {listed(strange)}.")
    if not paths:
        raise AdapterMismatch(f"The adapter {name} holds no tensors.")
    if not_floats := [tensor for tensor, header in tensors.items() if header.dtype not in FLOATS]:
        raise AdapterMismatch(f"The adapter {name} holds tensors that are no floats: {listed(not_floats)}.")
    ranks = {}
    for path in paths:
        a, b = tensors.get(f"{path}.lora_a"), tensors.get(f"{path}.lora_b")
        if a is None or b is None:
            lacking = "lora_a" if a is None else "lora_b"
            raise AdapterMismatch(f"The adapter {name} is incomplete: {path} has no {lacking}.")
        if len(a.shape) != len(b.shape) or len(a.shape) not in (2, 3):
            raise AdapterMismatch(f"The adapter {name} holds factors of {path} with shapes {a.shape} and {b.shape}.")
        ranks[path] = b.shape[0] if len(b.shape) == 2 else b.shape[2]
    return ranks


def layer_and_key(path: str) -> tuple[int, str] | None:
    """`model.layers.3.mlp.up_proj` is (3, "mlp.up_proj"); None for a module outside the layers."""
    layer, key = split_path(path)
    index = layer.rpartition(".")[2]
    return (int(index), key) if index.isdigit() else None


def _check_method(record: AdapterRecord) -> None:
    config = record.config
    if config is None:
        return
    if config.peft_type is not None:
        raise AdapterMismatch(
            f"The adapter {record.name} is in PEFT's format ({CONFIG} says peft_type {config.peft_type}); "
            "only mlx-lm's format can be used."
        )
    if config.fine_tune_type != "lora" or config.use_dora:
        method = "dora" if config.use_dora else config.fine_tune_type
        raise AdapterMismatch(f"The adapter {record.name} is of the type {method}; only lora can be used.")


def _check_layers(record: AdapterRecord, ranks: Mapping[str, int], profile: ModelProfile) -> None:
    has = f"and the base model has {profile.num_layers}"
    if record.num_layers is not None and record.num_layers > profile.num_layers:
        raise AdapterMismatch(f"The adapter {record.name} was made for the last {record.num_layers} layers, {has}.")
    last = max((place[0] for path in ranks if (place := layer_and_key(path))), default=-1)
    if last >= profile.num_layers:
        raise AdapterMismatch(f"The adapter {record.name} changes layer {last + 1}, {has}.")


def _check_shapes(name: str, path: str, tensors: Mapping[str, Tensor], module: Module, rank: int) -> None:
    a, b = (module.in_features, rank), (rank, module.out_features)
    expected: tuple[tuple[int, ...], tuple[int, ...]] = (a, b)
    if module.experts is not None:
        expected = (module.experts, *reversed(a)), (module.experts, *reversed(b))
    found = tensors[f"{path}.lora_a"].shape, tensors[f"{path}.lora_b"].shape
    if found != expected:
        raise AdapterMismatch(
            f"The adapter {name} does not fit the base model: for {path} its lora_a and lora_b have the shapes "
            f"{found[0]} and {found[1]}; the base model needs {expected[0]} and {expected[1]}."
        )


def _check_record(
    record: AdapterRecord, ranks: Mapping[str, int], modules: Mapping[str, Module], profile: ModelProfile
) -> None:
    """The tensors are those that adapter_config.json speaks of."""
    if record.config is None:
        return
    if record.lora.rank is not None and (other := {path: it for path, it in ranks.items() if it != record.lora.rank}):
        path, rank = next(iter(other.items()))
        raise AdapterMismatch(
            f"The adapter {record.name} contradicts itself: {CONFIG} says rank {record.lora.rank}, "
            f"and the tensors of {path} have rank {rank}."
        )
    recorded = {path for path in modules if _is_recorded(path, record, profile)}
    if extra := [path for path in ranks if path in modules and path not in recorded]:
        raise AdapterMismatch(
            f"The adapter {record.name} contradicts itself: it holds tensors of modules that {CONFIG} does not name: "
            f"{listed(extra)}."
        )
    # Without keys mlx-lm adapted q and v in its first years, and adapts every linear module today.
    if record.lora.keys is not None and (missing := [path for path in modules if path in recorded - ranks.keys()]):
        raise AdapterMismatch(
            f"The adapter {record.name} is incomplete: {CONFIG} names {len(recorded)} modules of this base model, and "
            f"{len(missing)} of them have no tensors: {listed(missing)}."
        )


def _is_recorded(path: str, record: AdapterRecord, profile: ModelProfile) -> bool:
    keys = record.lora.keys
    if keys is not None and path in keys:
        return True
    place = layer_and_key(path)
    if place is None or (keys is not None and place[1] not in keys):
        return False
    return record.num_layers in (None, -1) or place[0] >= profile.num_layers - (record.num_layers or 0)


def _describe(
    record: AdapterRecord, ranks: Mapping[str, int], adapted: list[Module], profile: ModelProfile, scale: float | None
) -> Fit:
    places = [place for path in ranks if (place := layer_and_key(path))]
    layers = {layer for layer, _ in places}
    found_keys = list(dict.fromkeys([key for _, key in places] + [path for path in ranks if not layer_and_key(path)]))
    different = set(ranks.values())
    rank = different.pop() if len(different) == 1 else None
    used_scale = _scale(record, scale)
    alpha = record.lora.alpha if record.lora.alpha is not None else (used_scale * rank if rank else None)
    fit = Fit(
        warnings=[],
        num_layers=record.num_layers if record.num_layers is not None else len(layers),
        rank=rank,
        alpha=alpha,
        scale=used_scale,
        dropout=record.lora.dropout,
        keys=record.lora.keys if record.lora.keys is not None else found_keys,
    )
    return replace(fit, warnings=[
        *_config_warnings(record, found_keys, profile),
        *_coverage_warnings(len(layers), found_keys, profile),
        *_scale_warnings(record, fit, scale),
    ])  # fmt: skip


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
    paths = {module.path for module in profile.modules}
    known = paths | {place[1] for path in paths if (place := layer_and_key(path))} | set(found_keys)
    if strange := [key for key in record.lora.keys if key not in known]:
        warnings.append(f"{CONFIG} names keys that match no module of this base model: {listed(strange)}.")
    return warnings


def _coverage_warnings(layers: int, found_keys: list[str], profile: ModelProfile) -> list[str]:
    warnings = []
    if layers < profile.num_layers:
        warnings.append(f"The adapter covers only {layers} of {profile.num_layers} layers.")
    full = [layer_and_key(module.path) for module in resolve_targets(profile, "full").modules]
    missing = dict.fromkeys(short(place[1]) for place in full if place and place[1] not in found_keys)
    if missing:
        warnings.append(f"The adapter misses keys of the full preset: {listed(missing)}.")
    return warnings


def _scale_warnings(record: AdapterRecord, fit: Fit, asked: float | None) -> list[str]:
    recorded = record.lora.scale
    if asked is not None and recorded is not None and asked != recorded:
        return [f"The scale {asked:g} of the request is used in place of the recorded {recorded:g}."]
    alpha, rank = record.lora.alpha, fit.rank
    if recorded is None or rank is None or (alpha is not None and abs(alpha / rank - recorded) < 1e-6 * recorded):
        return []
    if recorded >= LARGE_SCALE or (alpha == recorded and rank > 1):
        return [
            f"The adapter's multiplier (scale) is {recorded:g}: its update counts as with alpha {recorded * rank:g} at "
            f"rank {rank}. It runs exactly as it was trained. Alpha {recorded:g} at rank {rank} means a multiplier of "
            f"{recorded / rank:g} in adapters that are made here."
        ]
    return []

"""Checks whether an adapter fits a base model, and what there is to know about it: decides, from what others read.

Knows records, tensor headers and model profiles; no numbers (the worker checks that they are finite), no MLX, no web.
"""

from collections.abc import Mapping

from backend.adapters.description import Fit, describe, layer_and_key
from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.tensors import Tensor
from backend.adapters.words import listed
from backend.errors import AppError
from backend.lora.profile import ModelProfile, Module

FLOATS = frozenset({"F32", "F16", "BF16"})


class AdapterMismatch(AppError):
    """The adapter does not fit the base model, or its files do not fit each other."""

    code = "adapter_mismatch"


def check_fit(
    record: AdapterRecord, tensors: Mapping[str, Tensor], profile: ModelProfile, scale: float | None = None
) -> Fit:
    """Whether the tensors fit the base's profile and the adapter's own record. `scale` is the one that was asked for.

    Tensors of modules that the profile does not list (a head, an embedding) are left to the worker, which sees the
    real module tree. Raises AdapterMismatch, or FieldError where the scale is missing.
    """
    _check_method(record)
    modules = {module.path: module for module in profile.modules}
    found = adapted_ranks(record.name, tensors)
    ranks = {path: found[path] for path in [*modules, *found] if path in found}
    _check_layers(record, ranks, profile)
    for path in ranks:
        if path in modules:
            _check_shapes(record.name, path, tensors, modules[path], ranks[path])
    _check_record(record, ranks, modules, profile)
    return describe(record, ranks, profile, scale)


def adapted_ranks(name: str, tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Path of each adapted module to its rank, by name. Raises AdapterMismatch where a factor is missing."""
    paths = dict.fromkeys(tensor.rpartition(".")[0] for tensor in sorted(tensors))
    strange = [tensor for tensor in sorted(tensors) if not tensor.endswith((".lora_a", ".lora_b"))]
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

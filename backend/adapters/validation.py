"""Checks whether an adapter fits a base model, and what there is to know about it: decides, from what others read.

Knows records, tensor headers and model profiles; no numbers (the worker checks that they are finite), no MLX, no web.
"""

from collections.abc import Iterable, Mapping

from backend.adapters.contents import AdapterMismatch, read_contents
from backend.adapters.description import Fit, describe, describe_weights, layer_lists, layer_number
from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.tensors import Tensor
from backend.adapters.words import listed
from backend.errors import FieldError
from backend.lora.methods import FACTORS, Method, dora_obstacle
from backend.lora.profile import ModelProfile, Module


def check_fit(
    record: AdapterRecord, tensors: Mapping[str, Tensor], profile: ModelProfile, scale: float | None = None
) -> Fit:
    """Whether the tensors fit the base's profile and the adapter's own record. `scale` is the one that was asked for.

    Tensors of modules that the profile does not list (norms, biases) are left to the worker, which sees the real
    module tree. Raises AdapterMismatch, or FieldError where the scale is missing or makes no sense.
    """
    contents = read_contents(record, tensors)
    modules = {module.path: module for module in profile.modules}
    _check_layers(record, tensors, profile)
    if contents.method == "full":
        if scale is not None:
            raise FieldError(
                "adapter_scale",
                f"The adapter {record.name} holds whole weights (full fine-tuning), which no scale multiplies. "
                "Leave adapter_scale out.",
            )
        _check_weights(record.name, tensors, modules)
        return describe_weights(record, tensors, profile)
    ranks = {path: contents.ranks[path] for path in [*modules, *contents.ranks] if path in contents.ranks}
    for path in ranks:
        if path in modules:
            _check_factors(record.name, contents.method, tensors, modules[path], ranks[path])
    _check_record(record, ranks, modules, profile)
    return describe(record, contents.method, ranks, profile, scale)


def _check_layers(record: AdapterRecord, names: Iterable[str], profile: ModelProfile) -> None:
    has = f"and the base model has {profile.num_layers}"
    if record.num_layers is not None and record.num_layers > profile.num_layers:
        raise AdapterMismatch(f"The adapter {record.name} was made for the last {record.num_layers} layers, {has}.")
    lists = layer_lists(profile)
    last = max((number for name in names if (number := layer_number(name, lists)) is not None), default=-1)
    if last >= profile.num_layers:
        raise AdapterMismatch(f"The adapter {record.name} changes layer {last + 1}, {has}.")


def _check_weights(name: str, tensors: Mapping[str, Tensor], modules: Mapping[str, Module]) -> None:
    """The matrices of full fine-tuning have the base's shapes, and the base has them unquantised."""
    for path, module in modules.items():
        if (tensor := tensors.get(f"{path}.weight")) is None:
            continue
        if module.bits is not None:
            raise AdapterMismatch(
                f"The adapter {name} does not fit the base model: it holds whole weights of {path}, which are "
                f"quantised to {module.bits} bits here. Choose the unquantised model that it was trained on."
            )
        if tensor.shape != _weight_shape(module):
            raise AdapterMismatch(
                f"The adapter {name} does not fit the base model: its {path}.weight has the shape {tensor.shape}; "
                f"the base model needs {_weight_shape(module)}."
            )


def _weight_shape(module: Module) -> tuple[int, ...]:
    if module.kind == "embedding":
        return module.in_features, module.out_features
    matrix = module.out_features, module.in_features
    return matrix if module.experts is None else (module.experts, *matrix)


def _check_factors(name: str, method: Method, tensors: Mapping[str, Tensor], module: Module, rank: int) -> None:
    if method == "dora" and (obstacle := dora_obstacle(module)):
        raise AdapterMismatch(f"The adapter {name} does not fit the base model: {obstacle}.")
    expected = _factor_shapes(module, rank)
    for factor in FACTORS[method]:
        found = tensors[f"{module.path}.{factor}"].shape
        if found != expected[factor]:
            raise AdapterMismatch(
                f"The adapter {name} does not fit the base model: for {module.path} its {factor} has the shape "
                f"{found}; the base model needs {expected[factor]}."
            )


def _factor_shapes(module: Module, rank: int) -> dict[str, tuple[int, ...]]:
    """As mlx-lm's layers hold them; `m` has a magnitude for every row of the weight."""
    rows = module.in_features if module.kind == "embedding" else module.out_features
    if module.experts is None:
        return {"lora_a": (module.in_features, rank), "lora_b": (rank, module.out_features), "m": (rows,)}
    return {
        "lora_a": (module.experts, rank, module.in_features),
        "lora_b": (module.experts, module.out_features, rank),
    }


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
    recorded = {path for path, module in modules.items() if _is_recorded(module, record, profile)}
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


def _is_recorded(module: Module, record: AdapterRecord, profile: ModelProfile) -> bool:
    keys = record.lora.keys
    if keys is not None and module.path in keys:
        return True
    if module.layer is None or (keys is not None and module.key not in keys):
        return False
    return record.num_layers in (None, -1) or module.layer >= profile.num_layers - (record.num_layers or 0)

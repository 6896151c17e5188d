"""Says what an adapter's file holds: by which method it was made, and the ranks of its modules.

Knows records and the names, types and shapes of tensors; no numbers, no base model, no MLX.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.adapters.folder import CONFIG, AdapterRecord
from backend.adapters.tensors import Tensor
from backend.adapters.words import listed
from backend.errors import AppError
from backend.lora.methods import FACTORS, Method

FLOAT_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
NAMES: dict[Method, str] = {"lora": "LoRA", "dora": "DoRA", "full": "full fine-tuning"}


class AdapterMismatch(AppError):
    """The adapter does not fit the base model, or its files do not fit each other."""

    code = "adapter_mismatch"


@dataclass(frozen=True)
class Contents:
    """`ranks` gives the rank of each adapted module by path, as the tensors have it; full weights have none."""

    method: Method
    ranks: dict[str, int]


def read_contents(record: AdapterRecord, tensors: Mapping[str, Tensor]) -> Contents:
    """By the recorded method, or by the names of the tensors where nothing is recorded. Raises AdapterMismatch."""
    method = _method(record, tensors)
    if not tensors:
        raise AdapterMismatch(f"The adapter {record.name} holds no tensors.")
    if not_floats := [tensor for tensor, header in tensors.items() if header.dtype not in FLOAT_BYTES]:
        raise AdapterMismatch(f"The adapter {record.name} holds tensors that are no floats: {listed(not_floats)}.")
    if method != "full":
        return Contents(method, _ranks(record.name, tensors, method))
    if factors := [name for name in tensors if _leaf(name) in FACTORS["lora"]]:
        raise AdapterMismatch(
            f"The adapter {record.name} contradicts itself: {CONFIG} says that it holds whole weights (full), "
            f"and it holds LoRA factors: {listed(factors)}."
        )
    return Contents(method, {})


def _method(record: AdapterRecord, tensors: Mapping[str, Tensor]) -> Method:
    if record.config is not None and record.config.peft_type is not None:
        raise AdapterMismatch(
            f"The adapter {record.name} is in PEFT's format ({CONFIG} says peft_type {record.config.peft_type}); "
            "only mlx-lm's format can be used."
        )
    if record.method is None:
        leaves = {_leaf(name) for name in tensors}
        if "lora_a" not in leaves:
            return "full"
        return "dora" if "m" in leaves else "lora"
    if record.method not in FACTORS:
        raise AdapterMismatch(
            f"The adapter {record.name} is of the type {record.method}; lora, dora and full can be used."
        )
    return record.method


def _ranks(name: str, tensors: Mapping[str, Tensor], method: Method) -> dict[str, int]:
    factors = FACTORS[method]
    paths = dict.fromkeys(tensor.rpartition(".")[0] for tensor in sorted(tensors))
    if strange := [tensor for tensor in sorted(tensors) if _leaf(tensor) not in factors]:
        raise AdapterMismatch(
            f"The adapter {name} holds tensors that are no {NAMES[method]} factors: {listed(strange)}."
        )
    for path in paths:
        if lacking := [factor for factor in factors if f"{path}.{factor}" not in tensors]:
            raise AdapterMismatch(f"The adapter {name} is incomplete: {path} has no {lacking[0]}.")
    return {path: _rank(name, path, tensors) for path in paths}


def _rank(name: str, path: str, tensors: Mapping[str, Tensor]) -> int:
    a, b = tensors[f"{path}.lora_a"].shape, tensors[f"{path}.lora_b"].shape
    if len(a) != len(b) or len(a) not in (2, 3):
        raise AdapterMismatch(f"The adapter {name} holds factors of {path} with shapes {a} and {b}.")
    return b[0] if len(b) == 2 else b[2]


def _leaf(tensor: str) -> str:
    return tensor.rpartition(".")[2]

"""Says whether the factors of an adapter fit a module of the base model."""

from collections.abc import Mapping

import mlx.nn as nn
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear

from backend.adapters.contents import AdapterMismatch
from backend.workers.inference.adapter_files import Factors, Shapes

NO_FIT = "The adapter does not fit the base model"


def fitting_module(base: Mapping[str, nn.Module], path: str, factors: Factors) -> nn.Module:
    """The module of the base that these factors change. Raises AdapterMismatch where they fit none."""
    module = base.get(path)
    if module is None:
        raise AdapterMismatch(f"{NO_FIT}: it changes {path}, and the base model has no such module.")
    dora = factors.m is not None
    expected = factor_shapes(module, factors.rank, dora)
    if expected is None:
        method = "DoRA" if dora else "LoRA"
        raise AdapterMismatch(f"{NO_FIT}: it changes {path}, which is no module that {method} can change.")
    for name, found in factors.shapes.items():
        if found != expected[name]:
            raise AdapterMismatch(
                f"{NO_FIT}: for {path} its {name} has the shape {found}; the base model needs {expected[name]}."
            )
    return module


def factor_shapes(module: nn.Module, rank: int, dora: bool) -> Shapes | None:
    """The shapes of lora_a, lora_b and, for DoRA, m on this module; None where mlx-lm has no such layer for it."""
    match module:
        case SwitchLinear() | QuantizedSwitchLinear():
            experts, inputs, outputs = module.num_experts, module.input_dims, module.output_dims
            return None if dora else {"lora_a": (experts, rank, inputs), "lora_b": (experts, outputs, rank)}
        case nn.QuantizedEmbedding() if dora:
            return None
        case nn.Linear() | nn.QuantizedLinear():
            rows, inputs = _unpacked_shape(module)
            shapes: Shapes = {"lora_a": (inputs, rank), "lora_b": (rank, rows)}
        case nn.Embedding() | nn.QuantizedEmbedding():
            rows, width = _unpacked_shape(module)
            shapes = {"lora_a": (rows, rank), "lora_b": (rank, width)}
        case _:
            return None
    return {**shapes, "m": (rows,)} if dora else shapes


def _unpacked_shape(module: nn.Module) -> tuple[int, int]:
    rows, columns = module.weight.shape
    return rows, columns * 32 // module.bits if "scales" in module else columns

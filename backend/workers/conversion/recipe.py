"""Makes of a base model what a recipe says, by mlx-lm's own parts. Knows modules, not where the result goes.

All of it is lazy: no weight is read or computed before somebody asks for it, so that a sketch of a model of any size
takes about a second. The way is that of `mlx_lm.convert`, step by step, so that the result is the same to the bit.
"""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map_with_path
from mlx_lm.convert import MODEL_CONVERSION_DTYPES, mixed_quant_predicate_builder
from mlx_lm.utils import compute_bits_per_weight, dequantize_model, quantize_model

from backend.errors import FieldError
from backend.models.conversion.schemas import ConversionSketch, Recipe
from backend.models.files import WEIGHTS
from backend.models.fingerprint import tensors_in
from backend.workers.base_model import load_stored

TYPE_SETTINGS = ("dtype", "torch_dtype")


@dataclass(frozen=True)
class Converted:
    """A model whose weights are still to be computed, its config.json, and what does not go as the recipe says."""

    model: nn.Module
    config: dict[str, Any]
    notes: list[str]


def sketch(folder: Path, recipe: Recipe) -> ConversionSketch:
    """Raises AppError for what the recipe cannot be used on."""
    converted = convert(folder, recipe)
    return ConversionSketch(
        size_before_bytes=stored_bytes(folder),
        size_bytes=weights_bytes(converted.model),
        bits_per_weight=compute_bits_per_weight(converted.model),
        notes=converted.notes,
    )


def stored_bytes(folder: Path) -> int:
    """Of all tensors in the folder's weight files."""
    tensors = [tensor for file in folder.glob(WEIGHTS) for tensor in tensors_in(file).values()]
    return sum(tensor.end - tensor.begin for tensor in tensors)


def weights_bytes(model: nn.Module) -> int:
    arrays: Any = tree_flatten(model.parameters(), destination={})
    return sum(array.nbytes for array in arrays.values())


def convert(folder: Path, recipe: Recipe) -> Converted:
    """Raises FieldError for what the recipe cannot be used on, ModelBroken where the model cannot be loaded."""
    model, config = load_stored(folder, lazy=True)
    packed = packed_modules(model)
    _check_source(folder, recipe, packed)
    predicate = _mixed(recipe, model, config)
    changed = _set_type(model, _type_of(recipe, config))
    if recipe.quantises:
        notes = _check_widths(model, recipe.group_size)
        model, config = _quantised(model, config, recipe, predicate)
    elif packed:
        config = {name: value for name, value in config.items() if name not in ("quantization", "quantization_config")}
        model, notes = dequantize_model(model), []
        _set_type(model, recipe.dtype)
    elif not changed:
        raise FieldError("dtype", f"The weights of {folder.name} are {recipe.dtype} already; nothing would change.")
    else:
        notes = []
    if recipe.dtype is not None:
        _record_type(config, recipe.dtype)
    return Converted(model, config, notes)


def packed_modules(model: nn.Module) -> list[Any]:
    """Those whose weights are quantised."""
    return [module for _, module in model.named_modules() if "scales" in module and hasattr(module, "bits")]


def _check_source(folder: Path, recipe: Recipe, packed: list[Any]) -> None:
    if packed and recipe.quantises:
        bits = min(int(module.bits) for module in packed)
        raise FieldError(
            "model_name",
            f"{folder.name} is quantised already, to {bits} bits. Quantising it again would only lose more: take the "
            "model that it was made from, or unpack this one into another dtype.",
            code="already_quantised",
        )
    if any(module.get("global_scale") is not None for module in packed):
        raise FieldError(
            "model_name",
            f"mlx-lm cannot unpack {folder.name}: its experts are quantised with a scale of their own each.",
        )


def _mixed(recipe: Recipe, model: nn.Module, config: dict[str, Any]) -> Callable[..., Any] | None:
    if recipe.mixed is None:
        return None
    try:
        predicate: Callable[..., Any] = mixed_quant_predicate_builder(recipe.mixed, model, recipe.group_size)
    except ValueError as error:
        raise FieldError(
            "mixed",
            "mlx-lm's mixed recipes give more bits to modules named down_proj and v_proj, and a "
            f"{config['model_type']} model has no down_proj. Choose a number of bits.",
        ) from error
    return predicate


def _type_of(recipe: Recipe, config: dict[str, Any]) -> str | None:
    """As `mlx_lm.convert` chooses it: None leaves the weights in the types that they have."""
    if recipe.dtype is not None:
        return recipe.dtype
    recorded = config.get("torch_dtype") or (config.get("text_config") or {}).get("dtype")
    return recorded if recorded in MODEL_CONVERSION_DTYPES else None


def _set_type(model: nn.Module, name: str | None) -> bool:
    """Whether any weight changes. What the model wants kept as it is stays: routers' corrections and the like."""
    if name is None:
        return False
    wanted = getattr(mx, name)
    may_change = getattr(model, "cast_predicate", lambda _: True)
    changed = False

    def cast(path: str, value: mx.array) -> mx.array:
        nonlocal changed
        if value.dtype == wanted or not mx.issubdtype(value.dtype, mx.floating) or not may_change(path):
            return value
        changed = True
        return value.astype(wanted)

    model.update(tree_map_with_path(cast, model.parameters()))
    return changed


def _check_widths(model: nn.Module, group_size: int) -> list[str]:
    """mlx-lm leaves a module unquantised, and says nothing, where groups do not fill its rows: here it is said."""
    widths = {
        path: module.weight.shape[-1] for path, module in model.named_modules() if hasattr(module, "to_quantized")
    }
    left = sorted((path for path, width in widths.items() if width % group_size), key=_in_order)
    if not left:
        return []
    first = f"{left[0]} (width {widths[left[0]]:,})"
    if len(left) == len(widths):
        smaller = [
            size for size in (32, 64) if size < group_size and any(width % size == 0 for width in widths.values())
        ]
        advice = f"Choose {smaller[-1]}." if smaller else "Choose another dtype instead."
        raise FieldError(
            "group_size", f"Groups of {group_size} fill the rows of no module here, such as {first}. {advice}"
        )
    return [
        f"{len(left):,} of {len(widths):,} modules stay unquantised, because groups of {group_size} do not fill their "
        f"rows: {first}{' and others' if len(left) > 1 else ''}."
    ]


def _in_order(path: str) -> list[tuple[int, str]]:
    """Layer 2 before layer 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in path.split(".")]


def _quantised(
    model: nn.Module, config: dict[str, Any], recipe: Recipe, predicate: Callable[..., Any] | None
) -> tuple[nn.Module, dict[str, Any]]:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            quantised: tuple[nn.Module, dict[str, Any]] = quantize_model(
                model, config, recipe.group_size, recipe.bits, quant_predicate=predicate
            )
    except (ValueError, TypeError) as error:
        reason = str(error).rstrip(".")
        raise FieldError(
            "model_name", f"mlx-lm cannot quantise models of the type {config['model_type']} so: {reason}."
        ) from error
    return quantised


def _record_type(config: dict[str, Any], name: str) -> None:
    """mlx-lm leaves the old type in config.json, where its next conversion would find it and cast back."""
    parts = [config, config["text_config"]] if isinstance(config.get("text_config"), dict) else [config]
    for part in parts:
        for setting in TYPE_SETTINGS:
            if setting in part:
                part[setting] = name

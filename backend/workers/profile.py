"""Says what a model is made of, from its config.json alone, through the module tree that mlx-lm really builds.

Building is lazy: no weight is ever evaluated, so a model of any size takes about a second. Knows mlx-lm's model
types and their oddities; knows nothing of presets.
"""

import contextlib
import difflib
import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx_lm.models
from mlx.utils import tree_flatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.utils import MODEL_ARCHITECTURE_REMAPPING, MODEL_REMAPPING, _decode_tagged_floats

from backend.lora.profile import ModelProfile, Module, ModuleKind
from backend.models.config import (
    ModelRefused,
    architectures,
    generates_text,
    language_part,
    not_a_language_model,
    read_config,
)
from backend.workers.quantization import Quantization

KINDS: dict[type[nn.Module], ModuleKind] = {
    nn.Linear: "linear",
    nn.QuantizedLinear: "quantized_linear",
    SwitchLinear: "switch_linear",
    QuantizedSwitchLinear: "quantized_switch_linear",
}
QUANTIZED: dict[ModuleKind, ModuleKind] = {
    "linear": "quantized_linear",
    "switch_linear": "quantized_switch_linear",
}

NAMED_SETTINGS = 5

NOT_CALLED = ("prediction_coefs", "correction_coefs", "res_proj")
"""Linear modules whose weight is read without calling them (gemma3n, kimi_k3): LoRA on them would do nothing."""

NO_GRADIENT = frozenset({"indexer", "index_q_proj", "index_k_proj"})
"""Modules that only choose positions (deepseek_v32, glm_moe_dsa, minimax_m3_vl): no gradient reaches them."""

TIED_WHILE_LOADING = ("mlx_lm.models.gemma3_text", "mlx_lm.models.recurrent_gemma", "mlx_lm.models.minicpm")
"""Models that are built with a head of their own, and tie it in `sanitize` where the weights have none."""

UNTRAINABLE = {
    "bitnet": "its ternary layers run only in Metal kernels that have no gradient",
    "muse_spark": "its attention runs only in Metal kernels that have no gradient",
    "deepseek_v41": "mlx-lm has no gradient for its gathers",
    "prism_hadamard_qwen35": "mlx-lm cannot train its Hadamard layers",
}


def read_profile(folder: Path) -> ModelProfile:
    """The profile of the model in `folder`. Raises AppError where it is no language model that can train here."""
    config = _decode_tagged_floats(read_config(folder))
    model = build(config, folder)
    modules = list(_adaptable(model, config))
    if not modules:
        raise ModelRefused(f"A {config['model_type']} model has no linear module that LoRA could adapt.")
    return ModelProfile(
        model_type=config["model_type"],
        total_parameters=_total_parameters(model),
        num_layers=len(layers(model)),
        modules=modules,
    )


def build(config: dict[str, Any], folder: Path) -> nn.Module:
    """The unquantised module tree of a configuration, lazy, with a head tied as it will be once weights are loaded."""
    architecture = _import(config, folder)
    try:
        model: nn.Module = architecture.Model(architecture.ModelArgs.from_dict(config))
    except Exception as error:
        raise ModelRefused(
            f"The config.json of {folder.name} does not describe a model of the type {config['model_type']} "
            f"that mlx-lm can build: {_in_words(error)}."
        ) from error
    _tie_heads(model, config)
    return model


def layers(model: nn.Module) -> list[nn.Module]:
    """The model's layers in order, each once, also where a model runs through them several times."""
    return list({id(layer): layer for layer in model.layers if isinstance(layer, nn.Module)}.values())


def _import(config: dict[str, Any], folder: Path) -> Any:
    model_type = config["model_type"]
    if config.get("model_file"):
        raise ModelRefused(f"{folder.name} brings its own Python code ({config['model_file']}), which is not run here.")
    module = _module_name(config)
    if module in UNTRAINABLE:
        raise ModelRefused(f"A {model_type} model cannot be fine-tuned here: {UNTRAINABLE[module]}.")
    if module not in known_modules():
        raise ModelRefused(_unknown(config, folder))
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            return importlib.import_module(f"mlx_lm.models.{module}")
    except (ImportError, SystemExit) as error:
        reason = said.getvalue().strip() or str(error)
        raise ModelRefused(f"mlx-lm cannot use {model_type} models here: {reason}.") from error


def _module_name(config: dict[str, Any]) -> str:
    """The module of mlx_lm.models that implements a configuration, as mlx-lm itself chooses it."""
    model_type = str(config["model_type"])
    for architecture in architectures(config):
        if remapped := MODEL_ARCHITECTURE_REMAPPING.get((model_type, architecture)):
            return str(remapped)
    return str(MODEL_REMAPPING.get(model_type, model_type))


def known_modules() -> frozenset[str]:
    """The names of mlx-lm's modules that define a model."""
    folder = Path(mlx_lm.models.__path__[0])
    return frozenset(
        info.name
        for info in pkgutil.iter_modules([str(folder)])
        if "\nclass Model(" in (folder / f"{info.name}.py").read_text()
    )


def _unknown(config: dict[str, Any], folder: Path) -> str:
    model_type = config["model_type"]
    if not generates_text(config):
        return not_a_language_model(folder, f"{model_type} ({', '.join(architectures(config))}) generates no text")
    known = sorted(known_modules() | set(MODEL_REMAPPING))
    nearest = difflib.get_close_matches(model_type, known, n=1, cutoff=0)[0]
    return (
        f"{folder.name} is of the model type {model_type}, which mlx-lm does not know; "
        f"the nearest type that it knows is {nearest}."
    )


def _tie_heads(model: nn.Module, config: dict[str, Any]) -> None:
    tied = language_part(config).get("tie_word_embeddings", config.get("tie_word_embeddings", True))
    for _, module in model.named_modules():
        if tied and type(module).__module__ in TIED_WHILE_LOADING and "lm_head" in module:
            module.pop("lm_head")


def _total_parameters(model: nn.Module) -> int:
    arrays: list[tuple[str, mx.array]] = tree_flatten(model.parameters())  # type: ignore[assignment]
    return sum(array.size for _, array in arrays)


def _adaptable(model: nn.Module, config: dict[str, Any]) -> Iterator[Module]:
    paths = {id(module): path for path, module in model.named_modules()}
    quantized = Quantization(model, config)
    for layer in layers(model):
        prefix = paths[id(layer)]
        for relative, module in reversed(layer.named_modules()):
            if can_adapt(relative, module):
                yield _describe(f"{prefix}.{relative}", module, quantized)


def can_adapt(path: str, module: nn.Module) -> bool:
    """Whether LoRA on this module has an effect, a gradient, and an adapter file that mlx-lm loads again.

    Subclasses are left out: those of afm7 name their LoRA tensors so that stock mlx-lm refuses to load them.
    """
    if type(module) not in KINDS:
        return False
    parts = path.split(".")
    return not parts[-1].endswith(NOT_CALLED) and NO_GRADIENT.isdisjoint(parts)


def _describe(path: str, module: nn.Module, quantized: Quantization) -> Module:
    kind = KINDS[type(module)]
    *experts, out_features, in_features = module.weight.shape
    return Module(
        path=path,
        kind=QUANTIZED.get(kind, kind) if quantized.covers(path, module) else kind,
        in_features=in_features,
        out_features=out_features,
        experts=experts[0] if experts else None,
    )


def _in_words(error: Exception) -> str:
    text = str(error).rstrip(".")
    missing = re.findall(r"'(\w+)'", text) if "missing" in text or isinstance(error, KeyError) else []
    if missing:
        return f"it lacks {', '.join(missing[:NAMED_SETTINGS])}{' ...' if len(missing) > NAMED_SETTINGS else ''}"
    return text or type(error).__name__

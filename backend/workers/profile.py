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
from pathlib import Path
from typing import Any

import mlx.nn as nn
import mlx_lm.models
from mlx.utils import tree_flatten
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
from backend.workers.module_tree import EMBEDDINGS, KINDS, Found, adaptable, layers, outside_layers, parameter_counts
from backend.workers.quantization import Quantization

QUANTIZED: dict[ModuleKind, ModuleKind] = {
    "linear": "quantized_linear",
    "switch_linear": "quantized_switch_linear",
    "embedding": "quantized_embedding",
}

NAMED_SETTINGS = 5

TIED_WHILE_LOADING = tuple(f"mlx_lm.models.{name}" for name in ("gemma3_text", "recurrent_gemma", "helium"))
"""Models built with a head of their own that is tied all the same: in `sanitize`, or (helium) by never being called."""

COPIED_WHILE_LOADING = "mlx_lm.models.minicpm"
"""Has a head of its own in training too, which begins as a copy of the embedding where the weights have none."""

UNTRAINABLE = {
    "bitnet": "its ternary layers run in a Metal kernel that has no gradient, and mlx-lm has no LoRA for them",
    "muse_spark": "its norms, positions and routing run in Metal kernels that have no gradient",
    "deepseek_v41": "mlx cannot take the gradient of its gathers (gather_axis with respect to indices)",
    "prism_hadamard_qwen35": "mlx-lm has no LoRA for its packed Hadamard layers",
}
"""Why models that mlx-lm can run cannot be trained, on any device; docs/architectures.md says more."""


def read_profile(folder: Path) -> ModelProfile:
    """The profile of the model in `folder`. Raises AppError where it is no language model that can train here."""
    config = _decode_tagged_floats(read_config(folder))
    model = build(config, folder)
    quantization = Quantization(model, config)
    modules = [_describe(found, quantization) for found in [*adaptable(model), *outside_layers(model)]]
    if all(module.layer is None for module in modules):
        raise ModelRefused(f"A {config['model_type']} model has no linear module that LoRA could adapt.")
    return ModelProfile(
        model_type=config["model_type"],
        hidden_size=_hidden_size(modules),
        total_parameters=_total_parameters(model, config),
        num_layers=len(layers(model)),
        modules=modules,
        parameters=parameter_counts(model),
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
        return not_a_language_model(folder.name, f"{model_type} ({', '.join(architectures(config))}) generates no text")
    known = sorted(known_modules() | set(MODEL_REMAPPING))
    nearest = difflib.get_close_matches(model_type, known, n=1, cutoff=0)[0]
    return (
        f"{folder.name} is of the model type {model_type}, which mlx-lm does not know; "
        f"the nearest type that it knows is {nearest}."
    )


def _tie_heads(model: nn.Module, config: dict[str, Any]) -> None:
    for _, module in model.named_modules():
        if _is_tied(config) and type(module).__module__ in TIED_WHILE_LOADING and "lm_head" in module:
            module.pop("lm_head")


def _is_tied(config: dict[str, Any]) -> bool:
    return bool(language_part(config).get("tie_word_embeddings", config.get("tie_word_embeddings", True)))


def _hidden_size(modules: list[Module]) -> int:
    """The width of the residual stream: that of the token embedding, or of what the layers read."""
    widths = [module.out_features for module in modules if module.group == "embeddings"]
    return widths[0] if widths else modules[0].in_features


def _total_parameters(model: nn.Module, config: dict[str, Any]) -> int:
    arrays: Any = tree_flatten(model.parameters(), destination={})
    copied = _is_tied(config) and type(model).__module__ == COPIED_WHILE_LOADING and "lm_head" in model
    total: int = sum(array.size for array in arrays.values())
    return total - int(model.lm_head.weight.size) if copied else total


def _describe(found: Found, quantization: Quantization) -> Module:
    module = found.module
    bits = quantization.bits(found.path, module)
    if isinstance(module, EMBEDDINGS):
        kind: ModuleKind = "embedding"
        in_features, out_features = module.weight.shape
        experts: list[int] = []
    else:
        kind = KINDS[type(module)]
        *experts, out_features, in_features = module.weight.shape
    return Module(
        path=found.path,
        kind=QUANTIZED.get(kind, kind) if bits else kind,
        in_features=in_features,
        out_features=out_features,
        experts=experts[0] if experts else None,
        group=found.group,
        layer=found.layer,
        bits=bits,
        tied=found.tied,
    )


def _in_words(error: Exception) -> str:
    text = str(error).rstrip(".")
    missing = re.findall(r"'(\w+)'", text) if "missing" in text or isinstance(error, KeyError) else []
    if missing:
        return f"it lacks {', '.join(missing[:NAMED_SETTINGS])}{' ...' if len(missing) > NAMED_SETTINGS else ''}"
    return text or type(error).__name__

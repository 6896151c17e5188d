"""Loads a base model and its tokenizer as workers compute with them. Nothing is fetched, no remote code runs."""

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.tokenizer_utils import TokenizerWrapper
from mlx_lm.utils import load_config, load_model, load_tokenizer

from backend.errors import AppError


class ModelBroken(AppError):
    """The folder describes a model that cannot be loaded."""

    code = "model_broken"


def load_base(folder: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The model in evaluation mode, and its configuration. In float32 where there is no GPU, else as stored."""
    model, config = load_stored(folder)
    if not has_gpu():
        # CPUs multiply bfloat16 tens of times slower than float32.
        model.set_dtype(mx.float32)
        mx.eval(model.parameters())
    return model, config


def load_stored(folder: Path, *, lazy: bool = False) -> tuple[nn.Module, dict[str, Any]]:
    """As `load_base`, in the types that the files have. What is `lazy` is read once it is computed with."""
    try:
        model, config = load_model(folder, lazy)
    except FileNotFoundError as error:
        raise ModelBroken(f"{folder.name} has no weights: no model*.safetensors in {folder}.") from error
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelBroken(f"{folder.name} cannot be loaded: {error}") from error
    return model, config


def read_tokenizer(folder: Path) -> TokenizerWrapper:
    try:
        return load_tokenizer(folder, eos_token_ids=load_config(folder).get("eos_token_id"))
    except Exception as error:  # tokenizer files fail in as many ways as there are libraries that read them
        raise ModelBroken(f"The tokenizer in {folder} cannot be loaded: {error}") from error


def has_gpu() -> bool:
    return mx.default_device().type == mx.gpu


def device_name() -> str:
    if not has_gpu():
        return "CPU"
    return str(mx.device_info().get("device_name", "GPU"))

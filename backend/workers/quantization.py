"""Says which modules of a model its config.json means to be quantised, without any weights.

Follows mlx-lm's own conversion and loading; knows no LoRA.
"""

import json
from fnmatch import fnmatch
from typing import Any

import mlx.nn as nn

from backend.models.config import ModelRefused, keeps_fp8, language_part

MODE_GROUPS = {"mxfp4": 32, "mxfp8": 32, "nvfp4": 16, "modelopt": 16, "awq": 128, "gptq": 128}
"""Weights to a scale, by the method that quantised them, where the configuration does not say."""


USUAL_BITS = 4

MODE_BITS = {"mxfp8": 8}


class Quantization:
    """Which modules of a model its configuration quantises, to how many bits, by the rules of mlx-lm's conversion."""

    def __init__(self, model: nn.Module, config: dict[str, Any]) -> None:
        settings = config.get("quantization") or _foreign_quantization(config) or {}
        group_size = settings.get("group_size", 64) if isinstance(settings, dict) else None
        if not isinstance(group_size, int) or group_size < 1:
            raise ModelRefused(
                f"The quantization in config.json is {json.dumps(settings)[:80]}; "
                'it should look like {"group_size": 64, "bits": 4}.'
            )
        self._settings: dict[str, Any] = settings
        self._group_size = group_size
        self._plain = _left_plain(config)
        self._predicate = getattr(model, "quant_predicate", None)

    def bits(self, path: str, module: nn.Module) -> int | None:
        """Bits of a weight of this module; None where it stays as it is."""
        if not self._settings or not hasattr(module, "to_quantized"):
            return None
        if path in self._settings:
            return self._bits_in(self._settings[path])
        if any(fnmatch(path, pattern) or fnmatch(path, f"{pattern}.*") for pattern in self._plain):
            return None
        if module.weight.shape[-1] % self._group_size:
            return None
        return self._bits_in(True if self._predicate is None else self._predicate(path, module))

    def _bits_in(self, choice: Any) -> int | None:
        """A module's own settings, or True for those of the whole model, or False."""
        if not choice:
            return None
        own = choice.get("bits") if isinstance(choice, dict) else None
        return int(own or self._settings.get("bits") or USUAL_BITS)


def _foreign_quantization(config: dict[str, Any]) -> dict[str, Any] | None:
    """The `quantization_config` of other tools, where mlx-lm keeps the weights packed; None where it unpacks them."""
    settings = _foreign_settings(config)
    method = str(settings.get("quant_method"))
    if method == "fp8":
        return {"group_size": 32, "bits": 8} if keeps_fp8(settings) else None
    if method == "compressed-tensors":
        return {"group_size": 16 if str(settings.get("format")).startswith("nvfp4") else 32}
    if "quant_method" not in settings and "bits" in settings:
        return settings
    if method not in MODE_GROUPS:
        return None
    bits = settings.get("bits") or MODE_BITS.get(method, USUAL_BITS)
    return {"group_size": settings.get("group_size", MODE_GROUPS[method]), "bits": bits}


def _foreign_settings(config: dict[str, Any]) -> dict[str, Any]:
    settings = config.get("quantization_config") or language_part(config).get("quantization_config")
    return settings if isinstance(settings, dict) else {}


def _left_plain(config: dict[str, Any]) -> list[str]:
    """Patterns of the modules that another tool left as they were, such as `model.layers.*.self_attn`."""
    settings = _foreign_settings(config)
    patterns = settings.get("modules_to_not_convert") or settings.get("ignore")
    return [str(pattern) for pattern in patterns] if isinstance(patterns, list) else []

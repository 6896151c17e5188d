"""The methods of fine-tuning, and which modules DoRA can adapt. Pure, no MLX."""

from typing import Literal

from backend.lora.paths import short
from backend.lora.profile import Module

Method = Literal["lora", "dora", "full"]

FACTORS: dict[Method, tuple[str, ...]] = {"lora": ("lora_a", "lora_b"), "dora": ("lora_a", "lora_b", "m"), "full": ()}
"""What a file holds of each adapted module; full fine-tuning holds weights under their own names."""

DORA_BITS = (2, 4, 8)
"""Bits of quantised weights whose width mlx-lm's DoRALinear works out right: whole numbers of weights in 32 bits."""


def dora_obstacle(module: Module) -> str | None:
    """Why mlx-lm's DoRA cannot adapt the module, as the beginning of a sentence; None where it can."""
    if module.experts is not None:
        return f"DoRA cannot adapt the experts of a mixture ({short(module.key)})"
    if module.kind == "quantized_embedding":
        return f"DoRA cannot adapt a quantised embedding ({module.path})"
    if module.bits is not None and module.bits not in DORA_BITS:
        return (
            f"DoRA cannot adapt {module.bits}-bit weights ({short(module.key)}), only 2-, 4- and 8-bit or "
            "unquantised ones"
        )
    return None

"""Says whether this machine's memory holds a model for inference, LoRA and QLoRA. Estimates; a pre-flight measures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.lora.fit import ModelSize, Use, needed_bytes, size_from_profile
from backend.lora.profile import ModelProfile
from backend.models.config import context_length, layer_count, setting
from backend.models.facts import read_tensors
from backend.models.fingerprint import Tensor
from backend.models.machine import float_bytes, model_memory_bytes
from backend.models.schemas import Fit, FitVerdict

TIGHT = 0.8
"""From this share of the memory on, what else runs decides."""
USES: Mapping[Use, str] = {
    "inference": "Answering",
    "lora": "LoRA",
    "qlora": "QLoRA",
}
VERDICTS: Mapping[FitVerdict, str] = {
    "fits": "It fits",
    "tight": "It is tight",
    "too_large": "It is too large",
}
FLOATS = ("F64", "F32", "F16", "BF16")


def fits(folder: Path, config: Mapping[str, Any], profile: ModelProfile) -> list[Fit]:
    """For each use that there is: a quantised base trains with QLoRA alone."""
    memory, computed = model_memory_bytes(), float_bytes()
    weights = loaded_bytes(read_tensors(folder), profile.total_parameters, computed)
    size = size_from_profile(profile, weights, cached_features(config), computed, context_length(dict(config)))
    uses: list[Use] = ["inference", "qlora"] if profile.quantized else ["inference", "lora", "qlora"]
    return [fit(size, use, memory, quantised=profile.quantized) for use in uses]


def fit(size: ModelSize, use: Use, memory: int, quantised: bool = False) -> Fit:
    needed = needed_bytes(size, use)
    verdict: FitVerdict = "fits" if needed <= TIGHT * memory else "tight" if needed <= memory else "too_large"
    first = "QLoRA, once it is quantised to 4 bits," if use == "qlora" and not quantised else USES[use]
    sentence = f"{VERDICTS[verdict]}: {first} takes about {_gb(needed)} of the {_gb(memory)} that there are for it."
    return Fit(use=use, needed_bytes=needed, memory_bytes=memory, verdict=verdict, sentence=sentence)


def loaded_bytes(tensors: Mapping[str, Tensor], parameters: int, computed: int) -> int:
    """What the weights take in memory: as stored, but for floating-point numbers where those are computed wider."""
    stored = sum(tensor.end - tensor.begin for tensor in tensors.values())
    if not tensors:
        return parameters * computed
    floats = [tensor for tensor in tensors.values() if tensor.dtype in FLOATS]
    numbers = sum((tensor.end - tensor.begin) // (int(tensor.dtype.lstrip("BF")) // 8) for tensor in floats)
    return stored - sum(tensor.end - tensor.begin for tensor in floats) + numbers * computed if computed > 2 else stored


def cached_features(config: Mapping[str, Any]) -> int:
    """Keys and values of one token in all layers, counted in numbers."""
    plain = dict(config)
    heads = setting(plain, "num_attention_heads", "n_head") or 1
    kept = setting(plain, "num_key_value_heads", "num_kv_heads", "n_head_kv") or heads
    width = setting(plain, "head_dim") or (setting(plain, "hidden_size", "n_embd", "d_model") or 0) // heads
    return 2 * (layer_count(plain) or 0) * kept * width


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB"

"""Says whether this machine's memory holds a model for inference, LoRA and QLoRA. Estimates; a pre-flight measures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.lora.fit import TOKENS, ModelSize, Use, needed_bytes, size_from_profile
from backend.lora.profile import ModelProfile
from backend.models.config import context_length, layer_count, setting
from backend.models.facts import read_tensors
from backend.models.fingerprint import Tensor
from backend.models.machine import float_bytes, model_memory_bytes
from backend.models.schemas import Fit, FitVerdict

TIGHT = 0.8
"""From this share of the memory on, what else runs decides."""
USES: Mapping[Use, str] = {"inference": "answering", "lora": "LoRA", "qlora": "QLoRA"}
VERDICTS: Mapping[FitVerdict, str] = {
    "fits": "It fits",
    "tight": "It is tight",
    "too_large": "It is too large",
}
FLOAT_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def fits(folder: Path, config: Mapping[str, Any], profile: ModelProfile) -> list[Fit]:
    """For each use that there is: a quantised base trains with QLoRA alone."""
    memory, computed = model_memory_bytes(), float_bytes()
    tensors = read_tensors(folder)
    stored = sum(tensor.end - tensor.begin for tensor in tensors.values())
    size = size_from_profile(
        profile,
        stored,
        loaded_bytes(tensors, computed) or profile.total_parameters * computed,
        cached_features(config),
        computed,
        context_length(dict(config)),
    )
    uses: list[Use] = ["inference", "qlora"] if profile.quantized else ["inference", "lora", "qlora"]
    return [fit(size, use, memory, quantised=profile.quantized) for use in uses]


def fit(size: ModelSize, use: Use, memory: int, quantised: bool = False) -> Fit:
    needed = needed_bytes(size, use)
    verdict: FitVerdict = "fits" if needed <= TIGHT * memory else "tight" if needed <= memory else "too_large"
    shape = f"{min(TOKENS[use], size.context or TOKENS[use]):,} tokens"
    first = f"{USES[use]} {'within' if use == 'inference' else 'on rows of'} {shape}"
    later = ", once it is quantised to 4 bits," if use == "qlora" and not quantised else ""
    sentence = f"{VERDICTS[verdict]}: {first}{later} takes about {_gb(needed)} of {_gb(memory)}."
    return Fit(use=use, needed_bytes=needed, memory_bytes=memory, verdict=verdict, sentence=sentence)


def loaded_bytes(tensors: Mapping[str, Tensor], computed: int) -> int:
    """What the weights take in memory: as stored, but for narrow floating-point numbers that are computed with wider.

    `computed` is the width of those, in bytes.
    """
    return sum(
        (tensor.end - tensor.begin) * (max(computed, FLOAT_BYTES[tensor.dtype]) // FLOAT_BYTES[tensor.dtype])
        if tensor.dtype in FLOAT_BYTES
        else tensor.end - tensor.begin
        for tensor in tensors.values()
    )


def cached_features(config: Mapping[str, Any]) -> int:
    """Keys and values of one token in all layers, counted in numbers."""
    plain = dict(config)
    heads = setting(plain, "num_attention_heads", "n_head") or 1
    kept = setting(plain, "num_key_value_heads", "num_kv_heads", "n_head_kv") or heads
    width = setting(plain, "head_dim") or (setting(plain, "hidden_size", "n_embd", "d_model") or 0) // heads
    return 2 * (layer_count(plain) or 0) * kept * width


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB"

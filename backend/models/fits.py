"""Says whether this machine's memory holds a model for inference, LoRA and QLoRA. Estimates; a pre-flight measures."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from backend.lora.fit import TOKENS, ModelSize, Use, needed_bytes, size_from_profile
from backend.lora.profile import ModelProfile
from backend.models.config import context_length, layer_count, quantization_bits, read_config, setting
from backend.models.facts import MOST_FOLDERS, FileState, read_tensors
from backend.models.fingerprint import Tensor
from backend.models.machine import float_bytes, model_memory_bytes
from backend.models.schemas import Fit, FitVerdict
from backend.models.sizes import size_from_files
from backend.models.weights import BESIDE_WEIGHTS

TIGHT = 0.8
"""From this share of the memory on, what else runs decides."""
USES: Mapping[Use, str] = {"inference": "answering", "lora": "LoRA", "qlora": "QLoRA"}
VERDICTS: Mapping[FitVerdict, str] = {
    "fits": "It fits",
    "tight": "It is tight",
    "too_large": "It is too large",
}
FLOAT_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
FP8 = ("F8_E4M3", "F8_E5M2")
UNPACKED_BYTES = 2
"""Of an 8-bit float that mlx-lm unpacks: bfloat16."""


def fits(folder: Path, config: Mapping[str, Any], profile: ModelProfile) -> list[Fit]:
    """For each use that there is: a quantised base trains with QLoRA alone."""
    memory, computed = model_memory_bytes(), float_bytes()
    tensors = read_tensors(folder)
    size = size_from_profile(
        profile,
        stored_bytes(tensors),
        loaded_bytes(tensors, computed, config) or profile.total_parameters * computed,
        cached_features(config),
        computed,
        context_length(dict(config)),
    )
    return _each_use(size, memory, profile.quantized)


def fits_of_files(folder: Path, states: tuple[FileState, ...]) -> list[Fit]:
    """The same without a profile, for lists: nearly what `fits` says, [] where the files do not tell enough.

    `states` are those of now, as for `read_facts`.
    """
    size, quantised = _size_of_files(folder, states)
    return _each_use(size, model_memory_bytes(), quantised) if size else []


@lru_cache(maxsize=MOST_FOLDERS)
def _size_of_files(folder: Path, states: tuple[FileState, ...]) -> tuple[ModelSize | None, bool]:
    config, tensors = read_config(folder), read_tensors(folder)
    computed = float_bytes()
    weights = loaded_bytes(tensors, computed, config)
    size = size_from_files(config, tensors, stored_bytes(tensors), weights, cached_features(config), computed)
    return size, quantization_bits(config) is not None


def _each_use(size: ModelSize, memory: int, quantised: bool) -> list[Fit]:
    uses: list[Use] = ["inference", "qlora"] if quantised else ["inference", "lora", "qlora"]
    return [fit(size, use, memory, quantised) for use in uses]


def fit(size: ModelSize, use: Use, memory: int, quantised: bool = False) -> Fit:
    needed = needed_bytes(size, use)
    verdict: FitVerdict = "fits" if needed <= TIGHT * memory else "tight" if needed <= memory else "too_large"
    shape = f"{min(TOKENS[use], size.context or TOKENS[use]):,} tokens"
    first = f"{USES[use]} {'within' if use == 'inference' else 'on rows of'} {shape}"
    later = ", once it is quantised to 4 bits," if use == "qlora" and not quantised else ""
    sentence = f"{VERDICTS[verdict]}: {first}{later} takes about {_gb(needed)} of {_gb(memory)}."
    return Fit(use=use, needed_bytes=needed, memory_bytes=memory, verdict=verdict, sentence=sentence)


def stored_bytes(tensors: Mapping[str, Tensor]) -> int:
    return sum(tensor.end - tensor.begin for tensor in tensors.values())


def loaded_bytes(tensors: Mapping[str, Tensor], computed: int, config: Mapping[str, Any]) -> int:
    """What the weights take in memory: as stored, but for narrow floating-point numbers that are computed with wider.

    `computed` is the width of those, in bytes; 8-bit floats are unpacked, but for the kind that mlx-lm keeps.
    """
    unpacks_fp8 = quantization_bits(dict(config)) is None
    return sum(
        (tensor.end - tensor.begin) * _growth(name, tensor, computed, unpacks_fp8) for name, tensor in tensors.items()
    )


def _growth(name: str, tensor: Tensor, computed: int, unpacks_fp8: bool) -> int:
    if tensor.dtype in FP8:
        unpacked = unpacks_fp8 and name.rpartition(".")[2] not in BESIDE_WEIGHTS
        return max(computed, UNPACKED_BYTES) if unpacked else 1
    stored = FLOAT_BYTES.get(tensor.dtype)
    return max(computed, stored) // stored if stored else 1


def cached_features(config: Mapping[str, Any]) -> int:
    """Keys and values of one token in all layers, counted in numbers."""
    plain = dict(config)
    heads = setting(plain, "num_attention_heads", "n_head") or 1
    kept = setting(plain, "num_key_value_heads", "num_kv_heads", "n_head_kv") or heads
    width = setting(plain, "head_dim") or (setting(plain, "hidden_size", "n_embd", "d_model") or 0) // heads
    return 2 * (layer_count(plain) or 0) * kept * width


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB"

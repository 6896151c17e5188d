"""Counts the parameters of weight files by their headers: packed ones as what they stand for. Knows formats, no MLX."""

from collections import Counter
from collections.abc import Mapping
from math import prod
from typing import Any

from backend.models.config import language_part
from backend.models.fingerprint import Tensor

DTYPE_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
PACKED_BITS = 32
"""Of the whole numbers that packed weights lie in."""
METHOD_BITS = {"mxfp4": 4, "nvfp4": 4, "mxfp8": 8, "fp8": 8, "awq": 4, "gptq": 4}
BESIDE_WEIGHTS = ("scales", "biases", "weight_scale", "weight_scale_inv", "weight_zero_point", "weight_shape", "qzeros",
                  "g_idx", "input_scale", "weight_scale_2", "weight_global_scale", "input_global_scale")  # fmt: skip
"""Last words of the tensors that only tell how others are packed."""
USUAL_BITS = 4
PACKED = ("weight", "qweight", "weight_packed")
WORTH_TELLING = 0.02
"""Share of the packed parameters: routers are left at more bits than the rest, and are few."""
COMPUTED = ("rotary_emb.inv_freq", "masked_bias", "position_ids")
"""Ends of the tensors that a model works out by itself, though some files hold them."""


def parameters(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> int:
    """As `ModelProfile.total_parameters` counts them: tied weights once, quantised ones as those of their base.

    Of a model that sees or hears, the other parts' parameters are among them.
    """
    return sum(
        _stands_for(name, tensor, tensors, config)
        for name, tensor in tensors.items()
        if not _is_computed(name, tensor) and not _is_second_head(name, tensors, config)
    )


def precision(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str | None:
    """ "4-bit", "4- and 6-bit", or the type of most parameters, such as "bfloat16"; None where nothing says it."""
    bits: Counter[int] = Counter()
    types: Counter[str] = Counter()
    for name, tensor in tensors.items():
        if number := _bits(name, tensor, config):
            bits[number] += _stands_for(name, tensor, tensors, config)
        types[tensor.dtype] += prod(tensor.shape)
    if bits:
        told = sorted(number for number, size in bits.items() if size >= WORTH_TELLING * bits.total())
        return f"{'- and '.join(map(str, told))}-bit"
    if not types:
        return None
    dtype = types.most_common(1)[0][0]
    return DTYPE_NAMES.get(dtype, dtype.lower())


def _bits(name: str, tensor: Tensor, config: Mapping[str, Any]) -> int | None:
    """Of a packed weight."""
    module, _, last = name.rpartition(".")
    if name.endswith("_blocks"):
        return 4
    if tensor.dtype in ("F8_E4M3", "F8_E5M2"):
        return 8
    packed = tensor.dtype in ("U32", "I32") and last in PACKED
    return _packed_to(module, config) if packed else None


def _stands_for(name: str, tensor: Tensor, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> int:
    module, _, last = name.rpartition(".")
    size = prod(tensor.shape)
    if name.endswith("_blocks"):  # two values of 4 bits a byte
        return 2 * size
    if last in BESIDE_WEIGHTS or (name.endswith("_scales") and f"{name.removesuffix('scales')}blocks" in tensors):
        return 0
    if tensor.dtype not in ("U32", "I32") or last not in PACKED:
        return size
    return size * PACKED_BITS // _packed_to(module, config)


def _packed_to(module: str, config: Mapping[str, Any]) -> int:
    """Bits of a weight: as the module's own settings say, else those of the whole model."""
    settings = _quantization(config)
    own = settings.get(module)
    bits = own.get("bits") if isinstance(own, dict) else settings.get("bits")
    if isinstance(bits, int) and 0 < bits <= PACKED_BITS:
        return bits
    return METHOD_BITS.get(str(settings.get("quant_method", settings.get("mode"))), USUAL_BITS)


def _quantization(config: Mapping[str, Any]) -> dict[str, Any]:
    for part in (config, language_part(dict(config))):
        for name in ("quantization", "quantization_config"):
            if isinstance(settings := part.get(name), dict):
                return settings
    return {}


def _is_computed(name: str, tensor: Tensor) -> bool:
    """Frequencies of positions, and the causal mask that GPT-2 and its kin keep in four dimensions."""
    return name.endswith(COMPUTED) or (name.endswith((".attn.bias", ".attention.bias")) and len(tensor.shape) == 4)


def _is_second_head(name: str, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> bool:
    """A head beside an embedding that it is tied to; whoever loads the model leaves it out."""
    tied = language_part(dict(config)).get("tie_word_embeddings", config.get("tie_word_embeddings"))
    module = name.rpartition(".")[0]
    return tied is True and module.rpartition(".")[2] == "lm_head" and f"{module}.bias" not in tensors

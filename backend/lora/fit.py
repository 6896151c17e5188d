"""Estimates the memory of a model's uses from its shapes alone, before anything is measured. Pure, no MLX.

A run's pre-flight measures what this estimates; `backend.lora.estimate` predicts from its measurements.
"""

from dataclasses import dataclass
from typing import Literal

from backend.lora.count import trainable_parameters
from backend.lora.profile import ModelProfile
from backend.lora.targets import resolve_targets

Use = Literal["inference", "lora", "qlora"]

TOKENS = {"inference": 4096, "lora": 2048, "qlora": 2048}
"""For how long a text: a conversation that is answered, one row that is trained on."""
RANK = 32
QUANTISED_BITS = 4.5
"""Of a weight quantised to 4 bits in groups of 64: a scale and a bias of 16 bits are shared by a group."""
KEPT_BYTES = 16
"""Of an adapter's parameter: value, gradient and Adam's two moments, in float32."""
PROMPT_CHUNK = 2048
"""Tokens of a prompt that are computed at once."""
LOGITS_CHUNK = 256
"""Positions whose logits are there at once in training."""
LOGITS_COPIES = 3
HIDDEN_COPIES, WIDE_COPIES = 48, 32
"""How many numbers of each width one layer holds a token, while its gradient is computed with LoRA in all of it.

Fitted to pre-flights of models of 2, 54 and 114 million parameters in float32 on a CPU.
"""
ADAPTER_BYTES = 4
"""Adapters compute in float32, whatever the base does."""
OTHER_BYTES = 150_000_000
"""Of a worker beside MLX's arrays: Python and its libraries."""


@dataclass(frozen=True)
class ModelSize:
    """What memory follows from. `float_bytes` are those of a number that is computed with: 4 on a CPU, else 2.

    `weight_bytes` is what the weights take in memory, `loading_bytes` the most while they are read, `quantised_bytes`
    what they would take in 4 bits (the same where they are quantised already), `cached_features` what a token leaves in
    the caches of all layers, in numbers.
    """

    weight_bytes: int
    loading_bytes: int
    quantised_bytes: int
    layers: int
    hidden: int
    widest: int
    cached_features: int
    vocabulary: int
    adapter_parameters: int
    float_bytes: int
    context: int | None


def needed_bytes(size: ModelSize, use: Use) -> int:
    """Weights, what the use keeps beside them, and the most that one computation holds at once; or what loading takes.

    Inference of C tokens: weights + cached features * C + one chunk of a prompt through the widest layer + logits.
    LoRA (rank 32 on the seven matrices of every layer, AdamW, one row of T tokens, gradient checkpointing):
    weights + 16 bytes a trained parameter + T * layers * hidden * 4 (the input of every layer)
    + T * (48 hidden + 32 widest) * bytes (one layer and its gradient, half of it in the adapter's float32)
    + 3 * 256 * vocabulary * 4 (logits).
    QLoRA: the same over weights in 4 bits. Everywhere 0.15 GB for the process.
    """
    tokens = min(TOKENS[use], size.context or TOKENS[use])
    quantised = use == "qlora"
    weights = size.quantised_bytes if quantised else size.weight_bytes
    if use == "inference":
        kept = size.cached_features * size.float_bytes * tokens
        at_once = (4 * size.hidden + 3 * size.widest) * size.float_bytes * min(tokens, PROMPT_CHUNK)
        logits = size.vocabulary * 4
    else:
        kept = KEPT_BYTES * size.adapter_parameters + tokens * size.layers * size.hidden * ADAPTER_BYTES
        numbers = tokens * (HIDDEN_COPIES * size.hidden + WIDE_COPIES * size.widest)
        at_once = numbers * (size.float_bytes + ADAPTER_BYTES) // 2
        logits = LOGITS_COPIES * LOGITS_CHUNK * size.vocabulary * 4
    loading = weights if quantised else size.loading_bytes
    return max(loading, weights + kept + at_once + logits) + OTHER_BYTES


def loading_bytes(stored: int, loaded: int) -> int:
    """Of weights that become wider while they are read, about half is in memory twice at the most."""
    return loaded if loaded <= stored else loaded + stored // 2


def quantised_bytes(parameters: int) -> int:
    return int(parameters * QUANTISED_BITS / 8)


def size_from_profile(
    profile: ModelProfile,
    stored_bytes: int,
    weight_bytes: int,
    cached_features: int,
    float_bytes: int,
    context: int | None,
) -> ModelSize:
    """The sizes of a model whose modules are known, with the adapter that the standard settings give it.

    Its weights take `stored_bytes` in the files and `weight_bytes` in memory.
    """
    inside = [module for module in profile.modules if module.layer is not None]
    embeddings = [module for module in profile.modules if module.group in ("embeddings", "head")]
    return ModelSize(
        weight_bytes=weight_bytes,
        loading_bytes=loading_bytes(stored_bytes, weight_bytes),
        quantised_bytes=weight_bytes if profile.quantized else quantised_bytes(profile.total_parameters),
        layers=profile.num_layers,
        hidden=profile.hidden_size,
        widest=max(max(module.in_features, module.out_features) for module in inside),
        cached_features=cached_features,
        vocabulary=max((max(it.in_features, it.out_features) for it in embeddings), default=0),
        adapter_parameters=trainable_parameters(resolve_targets(profile, "full").modules, RANK),
        float_bytes=float_bytes,
        context=context,
    )

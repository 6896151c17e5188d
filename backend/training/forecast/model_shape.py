"""Works out the shape of a model from its profile, its configuration and the headers of its weights."""

from pathlib import Path
from typing import Any

from backend.lora.forecast import ModelShape
from backend.lora.profile import ModelProfile, Module
from backend.models.config import setting
from backend.models.facts import read_tensors
from backend.models.fits import loaded_bytes, stored_bytes


def model_shape(folder: Path, config: dict[str, Any], profile: ModelProfile, float_bytes: int) -> ModelShape:
    heads = setting(config, "num_attention_heads", "n_head", "n_heads", "num_heads") or 1
    active = setting(config, "num_experts_per_tok", "num_experts_per_token", "moe_topk", "top_k") or 1
    ends = [module for module in profile.modules if module.group in ("embeddings", "head")]
    tensors = read_tensors(folder)
    return ModelShape(
        weight_bytes=loaded_bytes(tensors, float_bytes, config) or profile.total_parameters * float_bytes,
        stored_bytes=stored_bytes(tensors),
        float_bytes=float_bytes,
        layers=profile.num_layers,
        hidden=profile.hidden_size,
        heads=heads,
        features=_features(profile, active),
        vocabulary=max((max(end.in_features, end.out_features) for end in ends), default=profile.hidden_size),
    )


def _features(profile: ModelProfile, active_experts: int) -> int:
    """What the matrices of the widest layer give out for one token, counted in numbers."""
    by_layer: dict[int, int] = {}
    for module in profile.modules:
        if module.layer is not None:
            by_layer[module.layer] = by_layer.get(module.layer, 0) + _given_out(module, active_experts)
    return max(by_layer.values(), default=profile.hidden_size)


def _given_out(module: Module, active_experts: int) -> int:
    return module.out_features * (min(active_experts, module.experts) if module.experts else 1)

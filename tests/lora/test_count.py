"""Exact parameter counts of well-known models, from the figures that define them."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.lora.count import module_parameters, trainable_parameters
from backend.lora.profile import ModelProfile, Module
from backend.lora.targets import resolve_targets
from backend.workers.profile import read_profile


def qwen2_5(hidden: int, inner: int, layers: int, heads: int, key_value_heads: int, **others: Any) -> dict[str, Any]:
    return {
        "model_type": "qwen2",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "rms_norm_eps": 1e-6,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
        **others,
    }


QWEN2_5 = {
    "0.5B": qwen2_5(896, 4864, 24, 14, 2),
    "1.5B": qwen2_5(1536, 8960, 28, 12, 2),
    "3B": qwen2_5(2048, 11008, 36, 16, 2),
    "7B": qwen2_5(3584, 18944, 28, 28, 4, vocab_size=152064, tie_word_embeddings=False),
}
GPT2 = {
    "model_type": "gpt2",
    "n_ctx": 1024,
    "n_embd": 768,
    "n_head": 12,
    "n_layer": 12,
    "n_positions": 1024,
    "layer_norm_epsilon": 1e-5,
    "vocab_size": 50257,
}


def profile_of(settings: dict[str, Any], folder: Path) -> ModelProfile:
    (folder / "config.json").write_text(json.dumps(settings))
    return read_profile(folder)


def test_qwen_half_a_billion_at_rank_32(tmp_path: Path) -> None:
    profile = profile_of(QWEN2_5["0.5B"], tmp_path)

    full = resolve_targets(profile, "full")
    query_value = resolve_targets(profile, "query_value")

    assert (profile.total_parameters, profile.num_layers) == (494_032_768, 24)
    assert (len(full.keys), len(full.modules)) == (7, 168)
    assert trainable_parameters(full.modules, 32) == 17_596_416
    assert trainable_parameters(query_value.modules, 32) == 2_162_688


@pytest.mark.parametrize(("size", "percent"), [("0.5B", 3.562), ("1.5B", 2.392), ("3B", 1.940), ("7B", 1.060)])
def test_the_trained_share_shrinks_as_models_grow(size: str, percent: float, tmp_path: Path) -> None:
    profile = profile_of(QWEN2_5[size], tmp_path)

    trained = trainable_parameters(resolve_targets(profile, "full").modules, 32)

    assert round(100 * trained / profile.total_parameters, 3) == percent


def test_gpt2_has_its_published_size(tmp_path: Path) -> None:
    assert profile_of(GPT2, tmp_path).total_parameters == 124_439_808


@pytest.mark.parametrize(
    ("keys", "rank", "expected"),
    [
        (["attn.c_attn"], 8, 294_912),
        (["attn.c_proj", "mlp.c_proj"], 8, 516_096),
        *[
            (["attn.c_attn", "attn.c_proj", "mlp.c_proj"], rank, count)
            for rank, count in {4: 405_504, 8: 811_008, 16: 1_622_016, 32: 3_244_032, 64: 6_488_064}.items()
        ],
    ],
)
def test_gpt2_adapters_have_their_known_sizes(keys: list[str], rank: int, expected: int, tmp_path: Path) -> None:
    targets = resolve_targets(profile_of(GPT2, tmp_path), "custom", -1, keys)

    assert trainable_parameters(targets.modules, rank) == expected


def test_the_last_layers_are_a_part_of_the_whole(tmp_path: Path) -> None:
    profile = profile_of(QWEN2_5["0.5B"], tmp_path)

    counts = [trainable_parameters(resolve_targets(profile, "full", layers).modules, 32) for layers in (1, 6, 24)]

    assert counts == [17_596_416 // 24, 17_596_416 // 4, 17_596_416]


def test_each_expert_of_a_switch_layer_counts() -> None:
    expert = Module(path="x", kind="switch_linear", in_features=64, out_features=32, experts=8)
    plain = Module(path="y", kind="linear", in_features=64, out_features=32)

    assert (module_parameters(expert, 4), module_parameters(plain, 4)) == (8 * 4 * 96, 4 * 96)

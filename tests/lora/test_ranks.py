"""Ranks and multipliers of every module, and what the words of a pattern mean."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.errors import FieldError
from backend.lora.profile import Module
from backend.lora.ranks import adapted_modules
from backend.lora.targets import resolve_targets
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS


@dataclass
class Settings:
    lora_rank: int = 8
    lora_alpha: float = 16.0
    lora_scale: float | None = None
    use_rslora: bool = False
    expert_rank: int | None = None
    rank_pattern: dict[str, int] = field(default_factory=dict)
    alpha_pattern: dict[str, float] = field(default_factory=dict)


def modules_of(name: str, folder: Path) -> tuple[Module, ...]:
    (folder / "config.json").write_text(json.dumps(CONFIGS[name]))
    return resolve_targets(read_profile(folder), "full").modules


def ranks(name: str, folder: Path, settings: Settings) -> dict[str, tuple[int, float]]:
    """Rank and multiplier by key of the last layer."""
    adapted = adapted_modules(modules_of(name, folder), settings)
    return {module.path.split(".", 3)[3]: (module.rank, module.scale) for module in adapted if ".1." in module.path}


def test_one_rank_for_all_is_alpha_over_rank(tmp_path: Path) -> None:
    assert set(ranks("qwen2", tmp_path, Settings()).values()) == {(8, 2.0)}
    assert set(ranks("qwen2", tmp_path, Settings(lora_rank=16, use_rslora=True)).values()) == {(16, 4.0)}
    assert set(ranks("qwen2", tmp_path, Settings(lora_scale=5.0)).values()) == {(8, 5.0)}


def test_experts_can_have_a_rank_of_their_own_at_the_same_alpha(tmp_path: Path) -> None:
    found = ranks("qwen2_moe", tmp_path, Settings(expert_rank=2))

    assert found["mlp.switch_mlp.up_proj"] == (2, 8.0)
    assert found["mlp.shared_expert.up_proj"] == (8, 2.0)
    assert found["self_attn.q_proj"] == (8, 2.0)


def test_the_first_pattern_wins_over_the_rank_of_experts(tmp_path: Path) -> None:
    settings = Settings(
        expert_rank=2,
        rank_pattern={"mlp.switch_mlp.down_proj": 1, "experts": 3, "*.q_proj": 4, "attention": 6},
        alpha_pattern={"model.layers.1.self_attn.v_proj": 12.0, "shared_experts": 4.0},
    )

    found = ranks("qwen2_moe", tmp_path, settings)

    assert found == {
        "self_attn.q_proj": (4, 4.0),
        "self_attn.k_proj": (6, 16 / 6),
        "self_attn.v_proj": (6, 2.0),
        "self_attn.o_proj": (6, 16 / 6),
        "mlp.switch_mlp.gate_proj": (3, 16 / 3),
        "mlp.switch_mlp.up_proj": (3, 16 / 3),
        "mlp.switch_mlp.down_proj": (1, 16.0),
        "mlp.shared_expert.gate_proj": (8, 0.5),
        "mlp.shared_expert.up_proj": (8, 0.5),
        "mlp.shared_expert.down_proj": (8, 0.5),
        "mlp.shared_expert_gate": (8, 2.0),
    }


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        ("atention", "attention"),
        ("self_attn.qproj", "self_attn.q_proj"),
        ("*.wq", "self_attn.q_proj"),
        ("mlp.up", "mlp.up_proj"),
        ("lm_head", "mlp.up_proj"),
    ],
)
def test_a_pattern_that_names_nothing_adapted_is_refused_with_the_nearest(
    pattern: str, nearest: str, tmp_path: Path
) -> None:
    modules = modules_of("qwen2", tmp_path)

    for settings in (Settings(rank_pattern={pattern: 4}), Settings(alpha_pattern={pattern: 4.0})):
        name = "rank_pattern" if settings.rank_pattern else "alpha_pattern"
        with pytest.raises(FieldError) as refused:
            adapted_modules(modules, settings)
        assert refused.value.detail == (
            f"{name}: no adapted module is {pattern}; the nearest that is adapted is {nearest}."
        )


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("experts", "no adapted module belongs to experts; they belong to attention, mlp."),
        ("head", "no adapted module belongs to head; they belong to attention, mlp."),
        (" ", "one of the patterns is empty; leave it out, or name a module such as self_attn.q_proj."),
    ],
)
def test_a_group_that_is_not_adapted_and_an_empty_pattern_are_refused(
    pattern: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(FieldError) as refused:
        adapted_modules(modules_of("qwen2", tmp_path), Settings(rank_pattern={pattern: 8}))
    assert refused.value.detail == f"rank_pattern: {sentence}"


def test_a_rank_of_experts_needs_experts(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="no adapted module is an expert"):
        adapted_modules(modules_of("qwen2", tmp_path), Settings(expert_rank=2))

"""Every model type of mlx-lm: the full preset, untied embeddings and the head train and are loaded again by mlx-lm."""

from pathlib import Path

import mlx.core as mx
import pytest

from backend.training.planning.trained_parts import trained_parts
from backend.workers.profile import UNTRAINABLE, known_modules, read_profile
from tests.architectures.every import loaded_by_mlx_lm, logits, plan_for, prepared, save, still, train, trainable
from tests.tiny_configs import every_config

CANNOT_BE_IMPORTED = {"olmo"}
"""Its module ends the process without a further package."""
TRAINABLE = sorted(known_modules() - UNTRAINABLE.keys() - CANNOT_BE_IMPORTED)


def test_nearly_all_types_can_be_trained() -> None:
    assert len(known_modules()) == 125
    assert len(TRAINABLE) == 120


@pytest.mark.parametrize("module", TRAINABLE)
def test_every_adapted_tensor_learns_and_mlx_lm_loads_it(module: str, tmp_path: Path) -> None:
    settings = every_config(module)
    full = plan_for(settings, tmp_path)
    outside = [module.path for module in read_profile(tmp_path).modules if module.layer is None and not module.tied]
    plan = plan_for(settings, tmp_path, targets="custom", lora_keys=[*full.keys, *outside])
    assert {module.path for module in plan.modules} == {module.path for module in full.modules} | set(outside)
    model = prepared(settings, plan)
    before = trainable(model)

    train(model)

    assert list(still(before, trainable(model))) == []
    again = loaded_by_mlx_lm(settings, save(model, plan))
    assert mx.array_equal(logits(again), logits(model)).item()


STILL: dict[str, set[str]] = {
    "afm7": {"model.layers.0.self_attn.k_norm.weight"},
}
"""What full fine-tuning would change, but the loss does not feel in these small models."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("module", sorted(set(TRAINABLE) - {"recurrent_gemma"}))
def test_full_fine_tuning_changes_all_that_it_counts(module: str, tmp_path: Path) -> None:
    """recurrent_gemma ties its head only while weights are loaded: see tests/training/test_methods."""
    settings = every_config(module)
    plan = plan_for(settings, tmp_path, fine_tune_type="full")
    model = prepared(settings, plan)
    before = trainable(model)
    counted = trained_parts(read_profile(tmp_path), plan.config)

    train(model)

    assert sum(value.size for value in before.values()) == sum(group.parameters for group in counted.groups)
    assert set(still(before, trainable(model))) == STILL.get(module, set())
    again = loaded_by_mlx_lm(settings, save(model, plan))
    assert mx.array_equal(logits(again), logits(model)).item()


@pytest.mark.exhaustive
@pytest.mark.parametrize("module", TRAINABLE)
def test_dora_adapts_everything_but_experts(module: str, tmp_path: Path) -> None:
    settings = every_config(module)
    full = {planned.path for planned in plan_for(settings, tmp_path).modules}
    keys = [found.path for found in read_profile(tmp_path).modules if found.path in full and found.experts is None]
    plan = plan_for(settings, tmp_path, targets="custom", lora_keys=keys, fine_tune_type="dora")
    model = prepared(settings, plan)
    before = trainable(model)

    train(model)

    assert list(still(before, trainable(model))) == []
    again = loaded_by_mlx_lm(settings, save(model, plan))
    assert mx.array_equal(logits(again), logits(model)).item()

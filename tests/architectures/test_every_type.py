"""Every model type of mlx-lm: the full preset, untied embeddings and the head train and are loaded again by mlx-lm."""

from pathlib import Path

import mlx.core as mx
import pytest

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

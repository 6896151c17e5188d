"""Whole runs of each method, from the estimate to the folder that stock mlx-lm loads."""

from typing import Any

import mlx.core as mx
import pytest
from mlx_lm.utils import load_adapters, load_model

from backend.settings import Settings
from backend.training.events import Finished, Started
from backend.training.manager import TrainingManager
from tests.architectures.every import logits
from tests.training.conftest import ConfigMaker, run_to_end


@pytest.mark.parametrize(
    "fields",
    [
        {"fine_tune_type": "dora", "lora_dropout": 0.1},
        {"fine_tune_type": "full", "learning_rate": 1e-4, "lora_num_layers": 1},
        {"fine_tune_type": "full", "learning_rate": 1e-4},
        {"rank_pattern": {"attention": 2}, "alpha_pattern": {"mlp": 8.0}, "loraplus_lr_ratio": 4.0},
        {"targets": "custom", "lora_keys": ["attention", "*.down_proj"], "use_rslora": True},
    ],
)
async def test_a_run_trains_what_was_estimated_and_mlx_lm_loads_it(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings, fields: dict[str, Any]
) -> None:
    config = configured(**fields, iterations=4, steps_per_eval=2, save_every=2)
    estimate = await manager.estimate(config)

    session, events = await run_to_end(manager, config)

    started = next(event for event in events if isinstance(event, Started))
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert (finished.outcome, finished.iteration) == ("completed", 4), finished.reason
    assert started.trainable_parameters == estimate.trainable_parameters
    assert sum(started.trainable_by_module.values()) == estimate.trainable_parameters
    assert started.adapted_modules == estimate.adapted_modules
    base = settings.base_models / "tiny"
    plain, _ = load_model(base)
    tuned, _ = load_model(base)
    load_adapters(tuned, str(settings.adapters / manager.detail(session).adapter_name))
    assert not mx.allclose(logits(tuned), logits(plain), atol=1e-4).item()

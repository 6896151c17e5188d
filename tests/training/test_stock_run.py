"""The nearest equivalent stock run, as mlx_lm.lora itself would read it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from mlx_lm.lora import CONFIG_DEFAULTS
from mlx_lm.tuner.utils import build_schedule

from backend.training.plan import mlx_lora_yaml
from tests.architectures.every import plan_for
from tests.tiny_models import CONFIGS


def stock(folder: Path, **fields: Any) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load(mlx_lora_yaml(plan_for(CONFIGS["qwen2"], folder, **fields)))
    return settings


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"fine_tune_type": "full", "weight_decay": 0.1, "grad_accumulation_steps": 4},
        {"lr_schedule": "cosine", "warmup_steps": 5, "rank_pattern": {"mlp": 2}},
    ],
)
def test_mlx_lm_knows_every_setting(fields: dict[str, Any], tmp_path: Path) -> None:
    assert stock(tmp_path, **fields).keys() <= {*CONFIG_DEFAULTS, "adapter_path"}


def test_optimizer_and_accumulation_are_handed_on(tmp_path: Path) -> None:
    settings = stock(tmp_path, optimizer="muon", weight_decay=0.1, grad_accumulation_steps=4)

    assert settings["optimizer"] == "muon"
    assert settings["optimizer_config"] == {"muon": {"weight_decay": 0.1}}
    assert settings["grad_accumulation_steps"] == 4
    assert settings["fine_tune_type"] == "lora"


@pytest.mark.parametrize(("schedule", "end"), [("constant", 1e-3), ("linear", 0.0), ("cosine", 0.0)])
def test_the_learning_rate_moves_alike(schedule: str, end: float, tmp_path: Path) -> None:
    settings = stock(tmp_path, lr_schedule=schedule, warmup_steps=10, iterations=110, learning_rate=1e-3)

    rate = build_schedule(settings["lr_schedule"])

    def at(step: int) -> float:
        return float(rate(step).item() if hasattr(rate(step), "item") else rate(step))

    assert at(0) == pytest.approx(0.0)
    assert at(11) == pytest.approx(1e-3, rel=1e-3)
    assert at(111) == pytest.approx(end, abs=1e-6)


def test_a_constant_learning_rate_needs_no_schedule(tmp_path: Path) -> None:
    assert "lr_schedule" not in stock(tmp_path)

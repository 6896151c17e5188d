"""The nearest equivalent stock run, as mlx_lm.lora itself would read it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlx_lm.lora import CONFIG_DEFAULTS
from mlx_lm.tuner.utils import build_schedule

from backend.process import worker_environment
from backend.settings import Settings
from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.stock_run import mlx_lora_yaml
from tests.architectures.every import plan_for
from tests.tiny_models import CONFIGS
from tests.training.conftest import ConfigMaker


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
    assert settings["iters"] == 4 * TrainingConfig.model_fields["iterations"].default
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


def stock_run(file: Path) -> tuple[int, str]:
    """The exit code of `mlx_lm.lora -c`, and what it said where it failed."""
    command = [sys.executable, "-m", "mlx_lm", "lora", "-c", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=worker_environment())
    return done.returncode, done.stderr[-2000:] if done.returncode else ""


async def test_mlx_lm_starts_from_it(manager: TrainingManager, configured: ConfigMaker, settings: Settings) -> None:
    asked = configured(adapter_name="ours", iterations=2, grad_accumulation_steps=2, lr_schedule="cosine", batch_size=2)
    session = manager.store.create(await manager.planner.plan(asked))
    file = manager.store.folder(session) / "mlx_lora.yaml"
    assert stock_run(file) == (0, "")
    assert (settings.adapters / "ours-mlx-lm" / "adapters.safetensors").is_file()


def test_it_says_what_to_copy_where_the_data_has_other_names(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2"], tmp_path)
    other = plan.model_copy(update={"train_file": tmp_path / "mine.jsonl", "valid_file": tmp_path / "valid.jsonl"})
    first = mlx_lora_yaml(other).splitlines()[0]
    assert first == (
        f"# mlx-lm reads train.jsonl in the data folder: copy {tmp_path}/mine.jsonl there under that name first."
    )
    assert "mlx-lm reads" not in mlx_lora_yaml(plan)


def test_it_names_what_mlx_lm_goes_without(tmp_path: Path) -> None:
    def said(**fields: Any) -> str:
        return mlx_lora_yaml(plan_for(CONFIGS["qwen2"], tmp_path, **fields)).partition("model:")[0]

    assert said(early_stop=False) == ""
    assert said(early_stop=False, rank_pattern={"mlp": 2}, loraplus_lr_ratio=16.0, max_grad_norm=1.0) == (
        "# mlx-lm has no ranks and alphas by module, no LoRA+, no clipped gradients: its run goes without.\n"
    )
    assert "batches by tokens" in said(batch_tokens=4096)

from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx.utils import tree_flatten

from backend.errors import AppError
from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan
from backend.workers.base_model import load_base
from backend.workers.training.batching import collate
from backend.workers.training.encoding import Encoded
from backend.workers.training.model import attach_lora, count_parameters
from backend.workers.training.step import Stepper

BATCH = collate([Encoded(np.arange(3, 40, dtype=np.int32), np.ones(37, dtype=bool), 37)])


def plan(folder: Path, keys: list[str], modules: list[str]) -> RunPlan:
    return RunPlan(
        config=TrainingConfig(model_path="tiny", train_data_path="none", lora_rank=4, lora_alpha=4),
        model_name="tiny",
        data_name="none",
        model_folder=folder,
        base_fingerprint="",
        train_file=folder / "train.jsonl",
        valid_file=None,
        data_sha256={},
        adapter_folder=folder / "adapter",
        keys=keys,
        modules=modules,
        notes=[],
        warnings=[],
    )


def arrays(tree: Any) -> dict[str, np.ndarray]:
    flat: dict[str, mx.array] = dict(tree_flatten(tree))
    return {name: np.array(value) for name, value in flat.items()}


def test_steps_change_the_adapter_and_not_one_bit_of_the_base(tiny: Path) -> None:
    model, _ = load_base(tiny)
    before = arrays(model.parameters())
    modules = [f"model.layers.{layer}.{key}" for layer in (0, 1) for key in ("self_attn.q_proj", "mlp.down_proj")]
    attach_lora(model, plan(tiny, ["self_attn.q_proj", "mlp.down_proj"], modules))
    fresh = arrays(model.trainable_parameters())
    stepper = Stepper(model, "adamw", 1e-2, seed=0, keys=None)
    for iteration in range(1, 4):
        stepper.step(BATCH, iteration)
    trained = arrays(model.trainable_parameters())
    base = {
        name.replace(".linear.", "."): value
        for name, value in arrays(model.parameters()).items()
        if ".lora_" not in name
    }
    assert base.keys() == before.keys()
    assert all(np.array_equal(base[name], before[name]) for name in before)
    assert fresh.keys() == trained.keys()
    assert len(trained) == 8
    assert all(not np.array_equal(trained[name], fresh[name]) for name in fresh)
    assert count_parameters(model) == sum(value.size for value in trained.values())


def test_undo_goes_back_to_the_parameters_before_the_last_step(tiny: Path) -> None:
    model, _ = load_base(tiny)
    attach_lora(model, plan(tiny, ["mlp.up_proj"], [f"model.layers.{layer}.mlp.up_proj" for layer in (0, 1)]))
    stepper = Stepper(model, "adamw", 1e-2, seed=0, keys=None)
    stepper.step(BATCH, 1)
    before = arrays(model.trainable_parameters())
    stepper.step(BATCH, 2)
    assert not all(np.array_equal(before[name], value) for name, value in arrays(model.trainable_parameters()).items())
    stepper.undo()
    assert all(np.array_equal(before[name], value) for name, value in arrays(model.trainable_parameters()).items())


def test_a_plan_that_is_not_met_exactly_is_refused(tiny: Path) -> None:
    model, _ = load_base(tiny)
    with pytest.raises(AppError, match=r"layers\.1\.mlp\.up_proj"):
        attach_lora(model, plan(tiny, ["mlp.up_proj"], ["model.layers.0.mlp.up_proj"]))

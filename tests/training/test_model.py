from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optimizers
import numpy as np
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.errors import AppError
from backend.lora.ranks import AdaptedModule
from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan
from backend.workers.base_model import load_base
from backend.workers.training.data.batching import collate
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine.losses import mean_loss
from backend.workers.training.engine.model import attach

BATCH = collate([Encoded(np.arange(3, 40, dtype=np.int32), np.ones(37, dtype=bool), 37)])


def plan(folder: Path, keys: list[str], modules: list[AdaptedModule], **settings: Any) -> RunPlan:
    return RunPlan(
        config=TrainingConfig(model_path="tiny", train_data_path="none", **settings),
        model_name="tiny",
        data_name="none",
        model_folder=folder,
        base_fingerprint="",
        data_sha256={},
        train_file=folder / "train.jsonl",
        valid_file=None,
        adapter_folder=folder / "adapter",
        keys=keys,
        modules=modules,
        notes=[],
        warnings=[],
    )


def planned(*keys: str, rank: int = 4) -> list[AdaptedModule]:
    return [
        AdaptedModule(
            path=f"model.layers.{layer}.{key}",
            group="attention" if key.startswith("self_attn") else "mlp",
            rank=rank,
            scale=1.0,
        )
        for layer in (0, 1)
        for key in keys
    ]


def train(model: nn.Module, steps: int) -> None:
    optimizer = optimizers.Adam(learning_rate=1e-2)
    gradient = nn.value_and_grad(model, mean_loss)
    for _ in range(steps):
        _, found = gradient(model, BATCH.inputs, BATCH.positions, BATCH.labels, BATCH.weights)
        optimizer.update(model, found)
    mx.eval(model.parameters())


def arrays(tree: Any) -> dict[str, np.ndarray]:
    flat: dict[str, mx.array] = dict(tree_flatten(tree))
    return {name: np.array(value) for name, value in flat.items()}


def test_steps_change_the_adapter_and_not_one_bit_of_the_base(tiny: Path) -> None:
    model, _ = load_base(tiny)
    before = arrays(model.parameters())
    attach(model, plan(tiny, ["self_attn.q_proj", "mlp.down_proj"], planned("self_attn.q_proj", "mlp.down_proj")))
    fresh = arrays(model.trainable_parameters())
    train(model, 3)
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


def test_factors_are_drawn_as_mlx_lm_draws_them(tiny: Path) -> None:
    keys = ["self_attn.q_proj", "mlp.down_proj"]
    ours, _ = load_base(tiny)
    stock, _ = load_base(tiny)
    attach(ours, plan(tiny, keys, planned(*keys), seed=7))
    stock.freeze()
    mx.random.seed(7)
    linear_to_lora_layers(stock, -1, {"rank": 4, "scale": 1.0, "dropout": 0.0, "keys": keys})

    drawn, expected = arrays(ours.trainable_parameters()), arrays(stock.trainable_parameters())

    assert drawn.keys() == expected.keys()
    assert all(np.array_equal(drawn[name], expected[name]) for name in drawn)


def test_a_plan_of_another_model_is_refused(tiny: Path) -> None:
    model, _ = load_base(tiny)
    with pytest.raises(AppError, match=r"has no model\.layers\.0\.mlp\.gate_up_proj"):
        attach(model, plan(tiny, ["mlp.gate_up_proj"], planned("mlp.gate_up_proj")))

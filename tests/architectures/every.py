"""Trains any of mlx-lm's architectures, tiny, for a few plain steps, and loads the saved adapter as mlx-lm does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optimizers
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import load_adapters

from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan
from backend.training.planning.trained_parts import trained_parts
from backend.workers.profile import read_profile
from backend.workers.training.engine.losses import mean_loss
from backend.workers.training.engine.model import attach
from backend.workers.training.saving.export import adapter_config, adapter_tensors
from tests.tiny_configs import VOCABULARY
from tests.tiny_models import random_model

ROWS, TOKENS = 2, 48


def plan_for(settings: dict[str, Any], folder: Path, **fields: Any) -> RunPlan:
    """The plan of a run on a model of these settings; what names files is left empty."""
    (folder / "config.json").write_text(json.dumps(settings))
    few: dict[str, Any] = {"model_path": str(folder), "train_data_path": "none", "lora_rank": 4, "lora_alpha": 8.0}
    config = TrainingConfig(**(few | fields))
    trained = trained_parts(read_profile(folder), config)
    return RunPlan(
        config=config,
        model_name="tiny",
        data_name="none",
        model_folder=folder,
        base_fingerprint="",
        train_file=folder / "train.jsonl",
        valid_file=None,
        data_sha256={},
        adapter_folder=folder / "adapter",
        keys=trained.keys,
        modules=trained.modules,
        notes=trained.notes,
        warnings=[],
    )


def tokens() -> mx.array:
    """int32 (ROWS, TOKENS), the same ones always."""
    drawn = np.random.default_rng(0).integers(0, VOCABULARY, (ROWS, TOKENS))
    return mx.array(drawn.astype(np.int32))


def train(model: nn.Module, steps: int = 3) -> None:
    """Plain Adam on one batch, no weight decay: what has no gradient stays exactly as it was."""
    ids = tokens()
    inputs, labels = ids[:, :-1], ids[:, 1:].reshape(-1)
    positions = mx.arange(labels.size)
    gradient = nn.value_and_grad(model, mean_loss)
    optimizer = optimizers.Adam(learning_rate=1e-2)
    for _ in range(steps):
        _, found = gradient(model, inputs, positions, labels, mx.ones(labels.size))
        optimizer.update(model, found)
        mx.eval(model.trainable_parameters())


def still(before: dict[str, mx.array], after: dict[str, mx.array]) -> Iterator[str]:
    """What did not change, or is not finite any more."""
    for name, value in after.items():
        if not mx.isfinite(value).all().item() or mx.array_equal(before[name], value).item():
            yield name


def trainable(model: nn.Module) -> dict[str, mx.array]:
    return dict(tree_flatten(model.trainable_parameters()))


def count_parameters(model: nn.Module) -> int:
    return sum(value.size for value in trainable(model).values())


def save(model: nn.Module, plan: RunPlan) -> Path:
    plan.adapter_folder.mkdir()
    (plan.adapter_folder / "adapter_config.json").write_text(json.dumps(adapter_config(plan)))
    mx.save_safetensors(str(plan.adapter_folder / "adapters.safetensors"), adapter_tensors(model, plan))
    return plan.adapter_folder


def logits(model: nn.Module) -> mx.array:
    """float32 (ROWS, TOKENS, vocabulary), in evaluation mode."""
    model.eval()
    answered: mx.array = model(tokens()).astype(mx.float32)
    return answered


def prepared(settings: dict[str, Any], plan: RunPlan) -> nn.Module:
    """The model, attached to and in training mode."""
    model = random_model(settings)
    attach(model, plan)
    model.train()
    return model


def loaded_by_mlx_lm(settings: dict[str, Any], folder: Path) -> nn.Module:
    model: nn.Module = load_adapters(random_model(settings), str(folder))
    return model

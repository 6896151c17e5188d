"""The engine against plain MLX for every model type: compiled, recomputed, one-pass loss, attention in chunks."""

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from backend.workers.training.data.batching import Batch
from backend.workers.training.engine import attention
from backend.workers.training.engine.attention import install_chunked_attention
from backend.workers.training.engine.losses import SummedLoss, mean_loss
from backend.workers.training.engine.recompute import wrap_layers
from backend.workers.training.engine.step import Stepper
from backend.workers.training.run import UNCOMPILED
from tests.architectures.every import plan_for, prepared, tokens, trainable
from tests.architectures.test_every_type import TRAINABLE
from tests.tiny_configs import every_config


def batch() -> Batch:
    """Every third target carries loss, and a few places only fill up."""
    ids = tokens()
    positions = mx.arange(0, ids.shape[0] * (ids.shape[1] - 1), 3)
    labels = ids[:, 1:].reshape(-1)[positions]
    tokens_that_count = positions.size - 4
    weights = mx.array((np.arange(positions.size) < tokens_that_count).astype(np.float32))
    return Batch(ids[:, :-1], positions, labels, weights, tokens_that_count)


def plain(model: nn.Module, of: Batch) -> tuple[float, dict[str, mx.array]]:
    loss, gradient = nn.value_and_grad(model, mean_loss)(model, of.inputs, of.positions, of.labels, of.weights)
    return loss.item(), dict(tree_flatten(gradient))


@pytest.mark.exhaustive
@pytest.mark.parametrize("module", TRAINABLE)
def test_its_gradient_is_the_plain_one(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = every_config(module)
    plan = plan_for(settings, tmp_path, learning_rate=1.0, optimizer="sgd")
    model = prepared(settings, plan)
    for name, value in trainable(model).items():
        if name.endswith("lora_b"):
            model.load_weights([(name, mx.random.normal(value.shape) * 0.1)], strict=False)
    expected_loss, expected = plain(model, batch())
    before = trainable(model)

    monkeypatch.setattr(attention, "SHORTEST", 16)
    monkeypatch.setattr(attention, "SCORES_BYTES", 4096)
    monkeypatch.setattr(mx.fast, "scaled_dot_product_attention", mx.fast.scaled_dot_product_attention)
    for kind in {type(layer) for layer in model.layers}:
        monkeypatch.setattr(kind, "__call__", kind.__call__)
    loss = SummedLoss(model)
    install_chunked_attention()
    wrap_layers(model.layers, None, recompute=True)
    stepper = Stepper(model, plan.config, loss, compiled=module not in UNCOMPILED)
    result = stepper.step([batch()], 1)

    assert result.loss == pytest.approx(expected_loss, rel=1e-4)
    after: dict[str, Any] = dict(tree_flatten(stepper.learned.parameters))
    largest = max(float(np.abs(np.array(value)).max()) for value in expected.values())
    for name, value in expected.items():
        np.testing.assert_allclose(
            np.array(before[name] - after[name]), np.array(value), rtol=1e-2, atol=1e-3 * largest, err_msg=name
        )
    assert loss.note is None, module

"""Recomputing layers in the backward pass gives the gradient of keeping everything, on every model type."""

from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn
from mlx.utils import tree_flatten

from backend.workers.training.engine.losses import mean_loss
from backend.workers.training.engine.recompute import DropoutKeys, key_dropout, wrap_layers
from backend.workers.training.run import NOT_RECOMPUTED
from tests.architectures.every import plan_for, prepared, tokens
from tests.architectures.test_every_type import TRAINABLE
from tests.tiny_configs import CONFIGS, every_config


def gradient(model: nn.Module, keys: DropoutKeys | None = None, compiled: bool = False) -> dict[str, np.ndarray]:
    """Of the plain loss, in training mode, under the dropout masks of one key."""
    ids = tokens()
    labels = ids[:, 1:].reshape(-1)

    def run(parameters: Any, key: mx.array) -> Any:
        def loss(parameters: Any) -> mx.array:
            model.update(parameters)
            if keys is not None:
                keys.begin(key)
            return mean_loss(model, ids[:, :-1], mx.arange(labels.size), labels, mx.ones(labels.size))

        return mx.grad(loss)(parameters)

    parameters = model.trainable_parameters()
    tree = (mx.compile(run) if compiled else run)(parameters, mx.random.key(7))
    model.update(parameters)
    flat: dict[str, mx.array] = dict(tree_flatten(tree))
    return {name: np.array(value) for name, value in flat.items()}


def wrap(model: nn.Module, monkeypatch: pytest.MonkeyPatch, keys: DropoutKeys | None, recompute: bool) -> None:
    """Wraps the layers of this test alone."""
    monkeypatch.undo()
    for layer_class in {type(layer) for layer in model.layers if isinstance(layer, nn.Module)}:
        monkeypatch.setattr(layer_class, "__call__", layer_class.__call__)
    wrap_layers(model.layers, keys, recompute)


def model_of(settings: dict[str, Any], folder: Path, **fields: Any) -> nn.Module:
    """Attached to, with factors that are not zero."""
    model = prepared(settings, plan_for(settings, folder, **fields))
    mx.random.seed(11)
    for module in model.modules():
        if "lora_b" in module:
            module.lora_b = 0.1 * mx.random.normal(module.lora_b.shape)
    return model


def assert_same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], tolerance: float = 1e-4) -> None:
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert np.linalg.norm(ours[name] - expected) <= tolerance * np.linalg.norm(expected) + 1e-9, name


@pytest.mark.parametrize("module", TRAINABLE)
def test_every_type_has_the_same_gradient(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(every_config(module), tmp_path)
    expected = gradient(model)
    assert any(np.abs(value).max() > 0 for value in expected.values())
    wrap(model, monkeypatch, None, recompute=True)
    assert_same(gradient(model), expected)


@pytest.mark.parametrize("module", TRAINABLE)
def test_the_types_whose_layers_are_not_recomputed_are_named(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(every_config(module), tmp_path)
    wrap(model, monkeypatch, None, recompute=True)
    recomputed = []
    checkpoint = mx.checkpoint

    def counting(function: Any) -> Any:
        recomputed.append(function)
        return checkpoint(function)

    monkeypatch.setattr(mx, "checkpoint", counting)
    model(tokens())
    assert (module in NOT_RECOMPUTED) == (not recomputed)


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
@pytest.mark.parametrize("fields", [{"lora_dropout": 0.3}, {"lora_dropout": 0.3, "fine_tune_type": "dora"}])
def test_dropout_is_drawn_once_for_both_passes(
    fields: dict[str, Any], compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(CONFIGS["qwen2"], tmp_path, **fields)
    without = gradient(model_of(CONFIGS["qwen2"], tmp_path, **(fields | {"lora_dropout": 0.0})))
    keys = DropoutKeys()
    key_dropout(model, keys)
    wrap(model, monkeypatch, keys, recompute=False)
    expected = gradient(model, keys)
    assert any(not np.allclose(expected[name], value, rtol=0.01) for name, value in without.items())
    wrap(model, monkeypatch, keys, recompute=True)
    assert_same(gradient(model, keys, compiled), expected)


def test_all_weights_of_a_model_get_their_gradient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(CONFIGS["qwen2"], tmp_path, fine_tune_type="full")
    expected = gradient(model)
    wrap(model, monkeypatch, None, recompute=True)
    assert_same(gradient(model, compiled=True), expected)


class Looped(nn.Module):
    """Runs through its one layer twice."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.embedding = nn.Embedding(320, 8)
        self.layers = [Squashed(8, 8)]

    def __call__(self, inputs: mx.array) -> mx.array:
        x = self.layers[0](self.layers[0](self.embedding(inputs)))
        logits: mx.array = self.embedding.as_linear(x)
        return logits


class Squashed(nn.Linear):
    def __call__(self, x: mx.array) -> mx.array:
        return mx.tanh(super().__call__(x))


def test_a_layer_may_be_called_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Looped()
    expected = gradient(model)
    wrap(model, monkeypatch, None, recompute=True)
    assert_same(gradient(model), expected)
    assert_same(gradient(model, compiled=True), expected)

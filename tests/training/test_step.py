"""Steps of a real tiny model: accumulation, what is not finite, what stays as it was."""

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.training.config import TrainingConfig
from backend.workers.base_model import load_base
from backend.workers.training.data.batching import Batch, collate
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine.losses import SummedLoss
from backend.workers.training.engine.recompute import DropoutKeys, key_dropout, wrap_layers
from backend.workers.training.engine.step import NotFinite, Stepper


def rows(count: int, seed: int = 0) -> list[Encoded]:
    random = np.random.default_rng(seed)
    lengths = [5 + (3 * row) % 7 for row in range(count)]
    return [
        Encoded(random.integers(5, 250, length).astype(np.int32), np.arange(length) >= 1 + row % 3, length)
        for row, length in enumerate(lengths)
    ]


def lora_model(folder: Path, dropout: float = 0.0) -> nn.Module:
    model, _ = load_base(folder)
    model.freeze()
    mx.random.seed(0)
    linear_to_lora_layers(model, -1, {"rank": 4, "scale": 1.0, "dropout": dropout})
    model.eval()
    return model


def stepper(model: nn.Module, keys: DropoutKeys | None = None, compiled: bool = True, **changes: Any) -> Stepper:
    settings: dict[str, Any] = {"learning_rate": 1e-2, "iterations": 10}
    config = TrainingConfig(model_path="m", train_data_path="d", **settings | changes)
    made = Stepper(model, config, SummedLoss(model), keys, compiled)
    model.train()
    return made


def values(tree: Any) -> dict[str, np.ndarray]:
    flat: Any = tree_flatten(tree, destination={})
    return {name: np.array(value) for name, value in flat.items()}


def taken(folder: Path, groups: list[list[Batch]], **changes: Any) -> tuple[list[float], dict[str, np.ndarray]]:
    made = stepper(lora_model(folder), **changes)
    losses = [made.step(group, index + 1).loss for index, group in enumerate(groups)]
    return losses, values(made.learned.parameters)


def test_batches_that_are_accumulated_are_one_large_batch(tiny: Path) -> None:
    examples = rows(6)
    together = [[collate(examples)], [collate(examples)]]
    apart = [[collate(examples[:1]), collate(examples[1:4]), collate(examples[4:])]] * 2
    one_losses, one = taken(tiny, together)
    many_losses, many = taken(tiny, apart)
    assert many_losses == pytest.approx(one_losses, abs=1e-5)
    for name, value in one.items():
        np.testing.assert_allclose(many[name], value, rtol=1e-3, atol=1e-5)


def test_a_compiled_step_is_the_step_as_written(tiny: Path) -> None:
    groups = [[collate(rows(4))], [collate(rows(3))], [collate(rows(4, seed=1))]]
    compiled_losses, compiled = taken(tiny, groups, compiled=True)
    losses, written = taken(tiny, groups, compiled=False)
    assert compiled_losses == pytest.approx(losses, abs=1e-5)
    for name, value in written.items():
        np.testing.assert_allclose(compiled[name], value, rtol=1e-3, atol=1e-5)


def test_a_step_reports_the_mean_over_its_tokens_and_its_rate(tiny: Path) -> None:
    batch = collate(rows(4))
    made = stepper(lora_model(tiny), warmup_steps=4)
    before = made.evaluate([batch])
    result = made.step([batch], 1)
    assert result.loss == pytest.approx(before, abs=1e-6)
    assert result.tokens == batch.tokens == np.array(batch.weights).sum()
    assert result.learning_rate == pytest.approx(2.5e-3)
    assert result.grad_norm > 0
    after = made.evaluate([batch])
    assert after is not None
    assert before is not None
    assert after < before


def test_a_step_that_is_not_finite_changes_nothing(tiny: Path) -> None:
    model = lora_model(tiny)
    made = stepper(model)
    batch = collate(rows(4))
    made.step([batch], 1)
    before, state = values(made.learned.parameters), values(made.learned.optimizer)
    broken = Batch(batch.inputs, batch.positions, batch.labels, batch.weights * mx.nan, batch.tokens)
    with pytest.raises(NotFinite, match="loss became NaN at step 2"):
        made.step([broken], 2)
    for now, then in ((made.learned.parameters, before), (model.trainable_parameters(), before)):
        assert all((value == then[name]).all() for name, value in values(now).items())
    assert all((value == state[name]).all() for name, value in values(made.learned.optimizer).items())


def test_undo_gives_back_what_was_there_before_the_last_step(tiny: Path) -> None:
    model = lora_model(tiny)
    made = stepper(model)
    batch = collate(rows(4))
    made.step([batch], 1)
    before = values(made.learned.parameters)
    made.step([batch], 2)
    assert made.undo()
    assert all((value == before[name]).all() for name, value in values(model.trainable_parameters()).items())
    assert all((value == before[name]).all() for name, value in values(made.learned.parameters).items())


def test_steps_leave_every_tensor_of_the_base_bit_for_bit_as_it_was(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = lora_model(tiny, dropout=0.1)
    monkeypatch.setattr(type(model.layers[0]), "__call__", type(model.layers[0]).__call__)
    keys = DropoutKeys()
    key_dropout(model, keys)
    wrap_layers(model.layers, keys, recompute=True)
    frozen = {name: value for name, value in values(model.parameters()).items() if "lora_" not in name}
    made = stepper(model, keys, lora_dropout=0.1)
    for index in range(3):
        made.step([collate(rows(4, seed=index))], index + 1)
    after = values(model.parameters())
    assert len(frozen) > 20
    assert all(after[name].tobytes() == value.tobytes() for name, value in frozen.items())


def test_dropout_follows_from_the_seed_and_the_step_alone(tiny: Path) -> None:
    def losses(steps: list[int], seed: int) -> list[float]:
        model = lora_model(tiny, dropout=0.5)
        keys = DropoutKeys()
        key_dropout(model, keys)
        made = stepper(model, keys, learning_rate=1e-30, seed=seed, lora_dropout=0.5, weight_decay=0.0)
        lora_b = {name: mx.ones_like(value) for name, value in flat(model).items() if name.endswith("lora_b")}
        model.load_weights(list(lora_b.items()), strict=False)
        made.learned = type(made.learned)(model.trainable_parameters(), made.learned.optimizer)
        return [made.step([collate(rows(4))], step).loss for step in steps]

    def flat(model: nn.Module) -> dict[str, mx.array]:
        return dict(tree_flatten(model.trainable_parameters()))

    first = losses([1, 2, 3], seed=0)
    assert losses([3], seed=0) == first[2:]
    assert len(set(first)) == 3
    assert losses([1], seed=1) != first[:1]


def test_evaluation_weighs_every_token_the_same_and_can_be_given_up(tiny: Path) -> None:
    made = stepper(lora_model(tiny))
    examples = rows(5)
    whole = made.evaluate([collate(examples)])
    parts = made.evaluate([collate(examples[:3]), collate(examples[3:])])
    assert parts == pytest.approx(whole, abs=1e-6)
    assert made.evaluate([collate(examples)], lambda: True) is None
    assert made.model.training

"""Learning rates, clipping, decay and LoRA+, against the formulas by hand."""

import math
from typing import Any

import mlx.core as mx
import mlx.optimizers as optimizers
import numpy as np
import pytest

from backend.training.config import TrainingConfig
from backend.workers.training.engine.optimizer import Optimizer, learning_rate_at


def config(**changes: Any) -> TrainingConfig:
    return TrainingConfig(model_path="m", train_data_path="d", **changes)


def test_a_constant_rate_stays() -> None:
    same = config(learning_rate=3e-4, iterations=10)
    assert {learning_rate_at(step, same) for step in range(1, 11)} == {3e-4}


def test_warm_up_rises_in_equal_parts_to_the_rate() -> None:
    warm = config(learning_rate=1e-3, iterations=10, warmup_steps=4)
    assert [learning_rate_at(step, warm) for step in range(1, 7)] == pytest.approx(
        [0.25e-3, 0.5e-3, 0.75e-3, 1e-3, 1e-3, 1e-3]
    )


def test_a_line_falls_to_zero_one_step_after_the_last() -> None:
    line = config(learning_rate=1.0, iterations=6, warmup_steps=2, lr_schedule="linear")
    assert [learning_rate_at(step, line) for step in range(1, 8)] == pytest.approx([0.5, 1, 1, 0.75, 0.5, 0.25, 0])


def test_a_cosine_is_half_way_down_in_the_middle() -> None:
    cosine = config(learning_rate=2.0, iterations=8, lr_schedule="cosine")
    rates = [learning_rate_at(step, cosine) for step in range(1, 10)]
    assert (rates[0], rates[4], rates[8]) == pytest.approx((2.0, 1.0, 0.0))
    assert rates[1] == pytest.approx(1 + math.cos(math.pi / 8))
    assert rates == sorted(rates, reverse=True)


PARAMETERS = {"q": {"lora_a": mx.array([[1.0, -2.0]]), "lora_b": mx.array([[0.5], [4.0]])}}
GRADIENTS = {"q": {"lora_a": mx.array([[3.0, 0.0]]), "lora_b": mx.array([[0.0], [4.0]])}}
RATE = mx.array(0.1)


def updated(gradients: Any = GRADIENTS, **changes: Any) -> tuple[dict[str, list[Any]], float]:
    optimizer = Optimizer(config(**changes))
    parameters, _, norm = optimizer.update(PARAMETERS, optimizer.begin(PARAMETERS), gradients, RATE)
    of_all: Any = norm.item()
    return {name: value.tolist() for name, value in parameters["q"].items()}, of_all


def test_the_norm_is_that_of_all_gradients_together_before_clipping() -> None:
    assert updated()[1] == pytest.approx(5.0)
    assert updated(max_grad_norm=1.0)[1] == pytest.approx(5.0)


def test_sgd_moves_against_the_gradient() -> None:
    values, _ = updated(optimizer="sgd")
    assert values == {"lora_a": [[pytest.approx(0.7), -2.0]], "lora_b": [[0.5], [pytest.approx(3.6)]]}


def test_clipping_shortens_long_gradients_and_leaves_short_ones() -> None:
    values, _ = updated(optimizer="sgd", max_grad_norm=1.0)
    assert values["lora_a"][0][0] == pytest.approx(1 - 0.1 * 3 / 5)
    assert values["lora_b"][1][0] == pytest.approx(4 - 0.1 * 4 / 5)
    assert updated(optimizer="sgd", max_grad_norm=6.0) == updated(optimizer="sgd")


def test_lora_plus_moves_b_as_many_times_as_far() -> None:
    plain, _ = updated(optimizer="sgd")
    faster, norm = updated(optimizer="sgd", loraplus_lr_ratio=16.0)
    assert faster["lora_a"] == plain["lora_a"]
    assert faster["lora_b"][1][0] == pytest.approx(4 - 16 * 0.1 * 4)
    assert norm == pytest.approx(5.0)


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "adafactor", "muon"])
def test_every_optimizer_moves_in_proportion_to_the_learning_rate(name: str) -> None:
    def moved(rate: float) -> np.ndarray:
        optimizer = Optimizer(config(optimizer=name, weight_decay=0.0))
        parameters, _, _ = optimizer.update(PARAMETERS, optimizer.begin(PARAMETERS), GRADIENTS, mx.array(rate))
        return np.array(parameters["q"]["lora_a"] - PARAMETERS["q"]["lora_a"])

    assert moved(0.1).any()
    np.testing.assert_allclose(moved(0.01), moved(0.1) / 10, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("optimizer", "decay"), [("adamw", 0.01), ("muon", 0.01), ("sgd", 0.0), ("adafactor", 0.0)])
def test_decay_left_empty_is_the_usual_one_of_each_optimizer(optimizer: str, decay: float) -> None:
    assert updated(optimizer=optimizer) == updated(optimizer=optimizer, weight_decay=decay)
    assert updated(optimizer=optimizer) != updated(optimizer=optimizer, weight_decay=0.3)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("adamw", optimizers.AdamW(0.1)),
        ("adam", optimizers.Adam(0.1)),
        ("sgd", optimizers.SGD(0.1)),
        ("adafactor", optimizers.Adafactor(0.1, relative_step=False, scale_parameter=False)),
        ("muon", optimizers.Muon(0.1)),
    ],
)
def test_many_steps_are_those_of_mlx_to_the_bit(name: Any, theirs: optimizers.Optimizer) -> None:
    random = np.random.default_rng(0)
    expected: Any = {"w": mx.array(random.normal(size=(3, 4)).astype(np.float32))}
    found, ours = expected, Optimizer(config(optimizer=name))
    state = ours.begin(found)
    for _ in range(5):
        gradients = {"w": mx.array(random.normal(size=(3, 4)).astype(np.float32))}
        expected = theirs.apply_gradients(gradients, expected)
        found, state, _ = ours.update(found, state, gradients, RATE)
    assert found["w"].tolist() == expected["w"].tolist()

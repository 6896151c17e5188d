"""What stands in for Metal kernels, against what mlx-lm computes without them."""

from pathlib import Path

import mlx.core as mx
import pytest
from mlx_lm.models import rwkv7

from backend.workers.training.engine.kernels import wkv7
from tests.architectures.every import plan_for, prepared
from tests.tiny_configs import CONFIGS
from tests.tiny_models import random_model


def test_the_recurrence_of_rwkv7_is_mlx_lms_own_and_has_a_gradient() -> None:
    model = random_model(CONFIGS["rwkv7"])
    mixing = next(module for module in model.modules() if isinstance(module, rwkv7.Rwkv7TimeMixing))
    heads, size = mixing.num_heads, mixing.head_dim
    inputs = [mx.random.normal((2, 5, heads, size)) * 0.3 for _ in range(6)]
    inputs.append(mx.random.normal((2, heads, size, size)))

    output, last = wkv7(*inputs)

    expected, expected_last = mixing._wkv7(*inputs)
    assert output.shape == inputs[0].shape
    assert mx.array_equal(output, expected.squeeze(-1)).item()
    assert mx.array_equal(last, expected_last).item()
    gradient = mx.grad(lambda r: wkv7(r, *inputs[1:])[0].sum())(inputs[0])
    assert (gradient != 0).all().item()


def test_it_takes_the_place_of_the_kernel_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rwkv7, "wkv7_kernel", None)

    prepared(CONFIGS["rwkv7"], plan_for(CONFIGS["rwkv7"], tmp_path))

    assert rwkv7.wkv7_kernel is wkv7

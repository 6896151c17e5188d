"""What stands in for Metal kernels, against what mlx-lm computes without them."""

import mlx.core as mx
from mlx_lm.models import rwkv7

from backend.workers.training.kernels import use_differentiable_kernels, wkv7
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


def test_it_takes_the_place_of_the_kernel() -> None:
    use_differentiable_kernels(random_model(CONFIGS["rwkv7"]))

    assert rwkv7.wkv7_kernel is wkv7

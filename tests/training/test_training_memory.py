"""What chunks and recomputing are for: the memory of a gradient. Bounds are generous; benchmarks give the figures."""

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import pytest
from mlx import nn
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.training.config import TrainingConfig
from backend.workers.training.data.batching import Batch
from backend.workers.training.engine import attention, fused_loss
from backend.workers.training.engine.attention import ChunkedAttention
from backend.workers.training.engine.losses import SummedLoss, summed_loss
from backend.workers.training.engine.recompute import wrap_layers
from backend.workers.training.engine.step import Stepper
from tests.tiny_configs import config
from tests.tiny_models import random_model

pytestmark = pytest.mark.serial
ORIGINAL = mx.fast.scaled_dot_product_attention


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ratio of everything to a chunk is that of a real model, at a size that takes a second."""
    monkeypatch.setattr(fused_loss, "CHUNK_BYTES", 2 << 20)
    monkeypatch.setattr(attention, "SCORES_BYTES", 1 << 20)


def peak(function: Callable[..., Any], *arguments: Any) -> int:
    """Bytes that one compiled call takes beyond what is there before it."""
    compiled = mx.compile(function)
    mx.eval(compiled(*arguments))
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    mx.eval(compiled(*arguments))
    return mx.get_peak_memory() - before


def lora_model(**sizes: int) -> nn.Module:
    model = random_model(config("qwen2", **sizes))
    model.freeze()
    linear_to_lora_layers(model, -1, {"rank": 4, "scale": 1.0, "dropout": 0.0, "keys": ["self_attn.q_proj"]})
    model.train()
    return model


def gradient_of(model: nn.Module, loss: Callable[..., mx.array]) -> Callable[..., Any]:
    return lambda *arrays: nn.value_and_grad(model, lambda _, *each: loss(*each))(model, *arrays)


def rows(tokens: int, vocabulary: int) -> tuple[mx.array, mx.array, mx.array, mx.array]:
    ids = mx.arange(tokens, dtype=mx.int32)
    return ids[None] % vocabulary, ids, (ids * 7) % vocabulary, mx.ones(tokens)


def test_the_loss_takes_a_fraction_of_the_memory_of_all_logits() -> None:
    model = lora_model(vocab_size=16_000)
    batch = rows(1024, 16_000)
    plain = peak(gradient_of(model, lambda *arrays: summed_loss(model, *arrays)), *batch)
    assert peak(gradient_of(model, SummedLoss(model).differentiable), *batch) < 0.4 * plain
    assert peak(SummedLoss(model).evaluate, *batch) < 0.4 * peak(lambda *each: summed_loss(model, *each), *batch)


def test_the_gradient_of_long_attention_takes_a_fraction_of_the_memory() -> None:
    q, k, v = (mx.random.normal((1, heads, 1024, 16)) for heads in (8, 2, 2))
    mx.eval(q, k, v)

    def gradient(attend: Callable[..., mx.array]) -> Callable[..., Any]:
        return mx.grad(lambda q, k, v: mx.square(attend(q, k, v, scale=0.25, mask="causal")).sum(), argnums=(0, 1, 2))

    assert peak(gradient(ChunkedAttention(ORIGINAL)), q, k, v) < 0.4 * peak(gradient(ORIGINAL), q, k, v)


def test_recomputed_layers_take_a_fraction_of_the_memory_also_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    model = lora_model(num_hidden_layers=12, intermediate_size=512)
    batch = rows(512, 320)
    loss = gradient_of(model, SummedLoss(model).differentiable)
    plain = peak(loss, *batch)
    for layer_class in {type(layer) for layer in model.layers}:
        monkeypatch.setattr(layer_class, "__call__", layer_class.__call__)
    wrap_layers(model.layers, None, recompute=True)
    assert peak(lambda *each: loss(*each), *batch) < 0.5 * plain


def test_a_step_of_full_fine_tuning_holds_its_weights_and_moments_once() -> None:
    """Five times the weights: they, Adam's two moments, the gradient and its squares; twice each would be eight."""
    model = random_model(config("qwen2", num_hidden_layers=8, hidden_size=256, intermediate_size=1024, vocab_size=256))
    settings: dict[str, Any] = {"fine_tune_type": "full", "learning_rate": 1e-5}
    stepper = Stepper(model, TrainingConfig(model_path="m", train_data_path="d", **settings), SummedLoss(model))
    batch = Batch(*rows(8, 256), tokens=8)
    stepper.step([batch], 1)
    mx.reset_peak_memory()
    stepper.step([batch], 2)
    weights: dict[str, mx.array] = dict(tree_flatten(model.trainable_parameters()))
    assert mx.get_peak_memory() < 6.5 * sum(value.nbytes for value in weights.values())

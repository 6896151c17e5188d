"""The one-pass loss against the plain one: the same sum, and the same gradient for whatever trains."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn
from mlx.utils import tree_flatten
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.workers.base_model import load_base
from backend.workers.training.data.batching import Batch, collate
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine import fused_loss
from backend.workers.training.engine.losses import SummedLoss, mean_loss, summed_loss
from tests.tiny_models import CONFIGS, VOCABULARY, config, random_model

KEYS = ["self_attn.q_proj", "mlp.down_proj"]
Prepare = Callable[[nn.Module], None]


@pytest.fixture(scope="module")
def model(tiny: Path) -> nn.Module:
    return load_base(tiny)[0]


@pytest.fixture
def five_rows_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused_loss, "CHUNK_BYTES", 5 * 4 * VOCABULARY)


def example(ids: list[int], counts: list[bool]) -> Encoded:
    return Encoded(np.array(ids, dtype=np.int32), np.array(counts), len(ids))


SHORT = example([5, 9, 17, 3], [False, True, False, True])
LONG = example([40, 2, 8, 8, 31, 7, 9], [False, True, True, True, True, True, True])
MANY = collate(
    [example([(7 * row + 3 * at) % 250 for at in range(12)], [at > row + 2 for at in range(12)]) for row in range(3)]
)
"""24 positions of 3 rows: chunks of five leave four over."""


def by_hand(model: nn.Module, one: Encoded) -> list[float]:
    """-log p of each token that counts, from the logits of the row alone, in float64."""
    logits = np.array(model(mx.array(one.ids[None, :-1])), dtype=np.float64)[0]
    losses = []
    for position, (target, counts) in enumerate(zip(one.ids[1:], one.counts[1:], strict=True)):
        if counts:
            row = logits[position] - logits[position].max()
            losses.append(float(np.log(np.exp(row).sum()) - row[target]))
    return losses


def arguments(batch: Batch) -> tuple[mx.array, mx.array, mx.array, mx.array]:
    return batch.inputs, batch.positions, batch.labels, batch.weights


def test_the_loss_is_the_mean_over_exactly_the_tokens_that_count(model: nn.Module) -> None:
    batch = collate([SHORT, LONG])
    expected = [*by_hand(model, SHORT), *by_hand(model, LONG)]
    assert len(expected) == batch.tokens == 8
    assert mean_loss(model, *arguments(batch)).item() == pytest.approx(np.mean(expected), rel=1e-5)
    loss = SummedLoss(model)
    assert loss.differentiable(*arguments(batch)).item() == pytest.approx(sum(expected), rel=1e-5)
    assert loss.evaluate(*arguments(batch)).item() == pytest.approx(sum(expected), rel=1e-5)


def lora(model: nn.Module) -> None:
    """LoRA in every layer, its factors not zero."""
    model.freeze()
    mx.random.seed(3)
    linear_to_lora_layers(model, -1, {"rank": 4, "scale": 2.0, "dropout": 0.0, "keys": KEYS})
    for module in model.modules():
        if "lora_b" in module:
            module.lora_b = mx.random.normal(module.lora_b.shape) * 0.05


def lora_on_head(model: nn.Module) -> None:
    lora(model)
    model.lm_head = LoRALinear.from_base(model.lm_head, r=4)  # fresh: its lora_b is zero


def everything(model: nn.Module) -> None:
    model.unfreeze()


def head_alone(model: nn.Module) -> None:
    model.freeze()
    model.lm_head.unfreeze()


def quantized_head(model: nn.Module) -> None:
    nn.quantize(model, 32, 4)
    lora(model)


def bfloat16(model: nn.Module) -> None:
    model.set_dtype(mx.bfloat16)
    model.unfreeze()


UNTIED = config("llama", tie_word_embeddings=False)
SOFTCAP = config("gemma2", query_pre_attn_scalar=16, final_logit_softcapping=2.0, attn_logit_softcapping=50.0)
SCALED = config("cohere", logit_scale=0.25)
DIVIDED = config("granite", logits_scaling=4.0, attention_multiplier=0.25, embedding_multiplier=2.0,
                 residual_multiplier=0.5, attention_bias=False, mlp_bias=False)  # fmt: skip
NEOX = config("gpt_neox", layer_norm_eps=1e-5, rotary_emb_base=10000, rotary_pct=0.25, use_parallel_residual=True)


def gradients(
    model: nn.Module, loss: Callable[..., mx.array], batch: Batch, compiled: bool = False
) -> tuple[float, dict[str, np.ndarray]]:
    """The loss and the gradient by parameter, of the mean over the batch."""

    def mean(_: nn.Module, *arrays: mx.array) -> mx.array:
        return loss(*arrays) / arrays[-1].sum()

    def run(*arrays: mx.array) -> Any:
        return nn.value_and_grad(model, mean)(model, *arrays)

    value, tree = (mx.compile(run) if compiled else run)(*arguments(batch))
    flat: dict[str, mx.array] = dict(tree_flatten(tree))
    assert all(array.dtype == parameter.dtype for array, parameter in _paired(flat, model))
    return value.item(), {name: np.array(array.astype(mx.float32)) for name, array in flat.items()}


def _paired(flat: dict[str, mx.array], model: nn.Module) -> list[tuple[mx.array, mx.array]]:
    parameters: dict[str, mx.array] = dict(tree_flatten(model.trainable_parameters()))
    assert flat.keys() == parameters.keys()
    return [(flat[name], parameters[name]) for name in flat]


def assert_close(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], tolerance: float) -> None:
    """Each array within `tolerance` of its norm; none may be all zero in one and not in the other."""
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert np.linalg.norm(ours[name] - expected) <= tolerance * np.linalg.norm(expected), name


@pytest.mark.usefixtures("five_rows_a_chunk")
@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
@pytest.mark.parametrize(
    ("settings", "prepare", "tolerance"),
    [
        pytest.param(CONFIGS["qwen2"], lora, 1e-4, id="LoRA"),
        pytest.param(UNTIED, lora_on_head, 1e-4, id="LoRA on the head"),
        pytest.param(UNTIED, head_alone, 1e-4, id="the head alone"),
        pytest.param(UNTIED, everything, 1e-4, id="everything"),
        pytest.param(CONFIGS["qwen2"], everything, 1e-4, id="everything, tied"),
        pytest.param(CONFIGS["qwen2"], quantized_head, 1e-4, id="a quantised head"),
        pytest.param(SOFTCAP, everything, 1e-4, id="softcap"),
        pytest.param(SCALED, everything, 1e-4, id="scaled"),
        pytest.param(DIVIDED, everything, 1e-4, id="divided"),
        pytest.param(NEOX, everything, 1e-4, id="head beside the layers"),
        pytest.param(CONFIGS["qwen2"], bfloat16, 0.03, id="bfloat16"),
    ],
)
def test_the_gradient_is_that_of_the_plain_loss(
    settings: dict[str, Any], prepare: Prepare, tolerance: float, compiled: bool
) -> None:
    model = random_model(settings)
    prepare(model)
    model.train()
    loss = SummedLoss(model)
    assert loss.note is None
    value, ours = gradients(model, loss.differentiable, MANY, compiled)
    expected, theirs = gradients(model, lambda *arrays: summed_loss(model, *arrays), MANY)
    assert value == pytest.approx(expected, rel=max(1e-5, tolerance / 10))
    assert_close(ours, theirs, tolerance)
    assert loss.evaluate(*arguments(MANY)).item() == pytest.approx(
        expected * MANY.tokens, rel=max(1e-5, tolerance / 10)
    )


@pytest.mark.usefixtures("five_rows_a_chunk")
def test_entries_of_weight_zero_contribute_nothing() -> None:
    model = random_model(CONFIGS["qwen2"])
    lora(model)
    loss = SummedLoss(model)
    batch = collate([LONG])
    filled = Batch(
        inputs=batch.inputs,
        positions=mx.concatenate([batch.positions, mx.zeros(7, dtype=mx.int32)]),
        labels=mx.concatenate([batch.labels, mx.full(7, 200, dtype=mx.int32)]),
        weights=mx.concatenate([batch.weights, mx.zeros(7)]),
        tokens=batch.tokens,
    )
    value, ours = gradients(model, loss.differentiable, filled)
    expected, theirs = gradients(model, loss.differentiable, batch)
    assert value == pytest.approx(expected, rel=1e-6)
    assert_close(ours, theirs, 1e-5)
    assert loss.evaluate(*arguments(filled)).item() == pytest.approx(expected * batch.tokens, rel=1e-6)


@pytest.mark.parametrize("count", [1, 4, 5, 6, 10, 11, 24])
@pytest.mark.usefixtures("five_rows_a_chunk")
def test_every_position_is_in_one_chunk(count: int) -> None:
    slices = fused_loss.chunk_slices(count, VOCABULARY)
    assert [row for each in slices for row in range(count)[each]] == list(range(count))
    assert max(each.stop - each.start for each in slices) <= 5
    assert len(slices) == -(-count // 5)


def test_a_vocabulary_wider_than_a_chunk_goes_row_by_row() -> None:
    assert len(fused_loss.chunk_slices(3, fused_loss.CHUNK_BYTES)) == 3


def test_a_model_whose_head_cannot_be_found_trains_on_all_logits_and_says_so() -> None:
    model = random_model(CONFIGS["qwen2"])
    lora(model)

    model.model.norm.weight = model.model.norm.weight * mx.nan
    loss = SummedLoss(model)
    assert loss.note is not None
    assert "all tokens" in loss.note


class WatchedHead(nn.Linear):
    """Notes how many rows of logits it was asked for."""

    def __call__(self, x: mx.array) -> mx.array:
        self.rows.append(x.shape[-2])
        return super().__call__(x)


@pytest.mark.usefixtures("five_rows_a_chunk")
def test_only_positions_that_carry_loss_get_logits() -> None:
    model = random_model(UNTIED)
    rows: list[int] = []
    model.lm_head = WatchedHead(64, VOCABULARY, bias=False)
    model.lm_head.__dict__["rows"] = rows
    model.freeze()
    model.model.norm.unfreeze()
    loss = SummedLoss(model)
    inputs = mx.arange(100, dtype=mx.int32)[None]
    for run in (loss.evaluate, mx.grad(loss.differentiable, argnums=3)):
        rows.clear()
        run(inputs, mx.arange(93, 100), mx.arange(7), mx.ones(7))
        assert [each for each in rows if each != 100] == [4, 3]
        assert rows.count(100) == 1  # named by the model, and never computed

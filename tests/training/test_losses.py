from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn

from backend.workers.base_model import load_base
from backend.workers.training.batching import collate
from backend.workers.training.encoding import Encoded
from backend.workers.training.losses import evaluate, mean_loss, summed_loss


@pytest.fixture(scope="module")
def model(tiny: Path) -> nn.Module:
    return load_base(tiny)[0]


def example(ids: list[int], counts: list[bool]) -> Encoded:
    return Encoded(np.array(ids, dtype=np.int32), np.array(counts), len(ids))


SHORT = example([5, 9, 17, 3], [False, True, False, True])
LONG = example([40, 2, 8, 8, 31, 7, 9], [False, True, True, True, True, True, True])


def by_hand(model: nn.Module, one: Encoded) -> list[float]:
    """-log p of each token that counts, from the logits of the row alone, in float64."""
    logits = np.array(model(mx.array(one.ids[None, :-1])), dtype=np.float64)[0]
    losses = []
    for position, (target, counts) in enumerate(zip(one.ids[1:], one.counts[1:], strict=True)):
        if counts:
            row = logits[position] - logits[position].max()
            losses.append(float(np.log(np.exp(row).sum()) - row[target]))
    return losses


def test_the_loss_is_the_mean_over_exactly_the_tokens_that_count(model: nn.Module) -> None:
    batch = collate([SHORT, LONG])
    expected = [*by_hand(model, SHORT), *by_hand(model, LONG)]
    assert len(expected) == batch.tokens == 8
    loss = mean_loss(model, batch.inputs, batch.targets, batch.counts)
    assert loss.item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_what_does_not_count_may_be_anything(model: nn.Module) -> None:
    batch = collate([SHORT, LONG])
    changed = mx.where(batch.counts, batch.targets, 200)
    assert (
        summed_loss(model, batch.inputs, changed, batch.counts).item()
        == summed_loss(model, batch.inputs, batch.targets, batch.counts).item()
    )


def test_validation_weighs_every_token_the_same_however_batched(model: nn.Module) -> None:
    expected = np.mean([*by_hand(model, SHORT), *by_hand(model, LONG)])
    assert evaluate(model, [collate([SHORT, LONG])]) == pytest.approx(expected, rel=1e-5)
    assert evaluate(model, [collate([SHORT]), collate([LONG])]) == pytest.approx(expected, rel=1e-5)


def test_validation_keeps_the_mode_of_the_model(model: nn.Module) -> None:
    for mode in (True, False):
        model.train(mode)
        evaluate(model, [collate([SHORT])])
        assert model.training is mode

"""The numbers are what stock mlx-lm gives on the same tokens, added up by hand."""

import json
import math
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx_lm.utils import load

from backend.evaluation.general import GENERAL_TEXT
from backend.evaluation.schemas import EvaluatedAdapter, Score
from tests.evaluation.conftest import Lab

CLOSE = 1e-4


class Stock:
    """A model as mlx-lm itself loads it, and losses from its logits in float64."""

    def __init__(self, model: Path, adapter: Path | None = None) -> None:
        self.model, self.tokenizer = load(str(model), adapter_path=str(adapter) if adapter else None)

    def token_losses(self, ids: list[int]) -> np.ndarray:
        """-log p of every token but the first, (tokens - 1,)."""
        logits = np.array(self.model(mx.array([ids]))[0].astype(mx.float32)).astype(np.float64)[:-1]
        log_sums = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) + logits.max(-1)
        losses: np.ndarray = log_sums - logits[np.arange(len(ids) - 1), ids[1:]]
        return losses

    def chat(self, messages: list[dict[str, str]], **options: Any) -> list[int]:
        return list(self.tokenizer.apply_chat_template(messages, **options))


def rows(lab: Lab, data: str = "sums") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (lab.settings.datasets / data / "test.jsonl").read_text().splitlines()]


def tiny(lab: Lab, adapter: str | None = None) -> Stock:
    return Stock(lab.settings.base_models / "tiny", lab.settings.adapters / adapter if adapter else None)


def assert_equals(score: Score | None, by_hand: list[np.ndarray]) -> None:
    assert score is not None and score.perplexity is not None
    expected = np.concatenate(by_hand).mean()
    assert score.loss == pytest.approx(expected, abs=CLOSE)
    assert score.perplexity == pytest.approx(math.exp(expected), rel=CLOSE)
    assert score.perplexity == math.exp(score.loss)


async def test_base_lora_dora_and_whole_weights_equal_stock_by_hand(lab: Lab) -> None:
    evaluation, examples = await lab.measure("one", "dora", "whole")
    assert evaluation.result is not None
    for number, adapter in enumerate([None, "one", "dora", "whole"]):
        stock = tiny(lab, adapter)
        by_hand = [stock.token_losses(stock.chat(row["messages"])) for row in rows(lab)]
        assert_equals(evaluation.result.weights[number].data, by_hand)
        assert [example.tokens for example in examples] == [len(losses) for losses in by_hand]
        ours = [example.losses[number] for example in examples]
        np.testing.assert_allclose(np.array(ours, dtype=float), [it.mean() for it in by_hand], rtol=0, atol=CLOSE)
    base, one = (evaluation.result.weights[number].data for number in (0, 1))
    assert base is not None and base.difference is None
    assert one is not None and one.difference is not None
    assert one.difference.mean == pytest.approx(one.loss - base.loss, abs=1e-9)
    assert abs(one.difference.mean) > 0.01
    assert [example.prompt for example in examples] == [row["messages"][0]["content"] for row in rows(lab)]
    assert [example.reference for example in examples] == [row["messages"][1]["content"] for row in rows(lab)]


async def test_masked_rows_count_the_answers_alone(lab: Lab) -> None:
    evaluation, _ = await lab.measure("one", mask_prompt=True)
    stock = tiny(lab, "one")
    by_hand = []
    for row in rows(lab):
        # As mlx-lm's own --mask-prompt finds where the answer begins.
        begins = len(stock.chat(row["messages"][:-1], add_generation_prompt=True))
        by_hand.append(stock.token_losses(stock.chat(row["messages"]))[begins - 1 :])
    assert evaluation.result is not None
    assert_equals(evaluation.result.weights[1].data, by_hand)
    assert evaluation.result.data.tokens == sum(map(len, by_hand))


async def test_rows_that_are_too_long_are_cut_counted_and_named(lab: Lab) -> None:
    stock = tiny(lab)
    ids = [stock.chat(row["messages"]) for row in rows(lab)]
    limit = sorted(map(len, ids))[len(ids) // 2]
    evaluation, examples = await lab.measure(max_seq_length=limit)
    result = evaluation.result
    assert result is not None
    assert_equals(result.weights[0].data, [stock.token_losses(it[:limit]) for it in ids])
    cut = [len(it) > limit for it in ids]
    assert 0 < sum(cut) < len(cut)
    assert [example.cut for example in examples] == cut
    assert [example.full_length for example in examples] == list(map(len, ids))
    assert (result.data.cut, result.data.longest, result.data.max_seq_length) == (sum(cut), max(map(len, ids)), limit)


async def test_rows_whose_answer_is_cut_off_whole_are_left_out_and_counted(lab: Lab) -> None:
    stock = tiny(lab)
    begins = [len(stock.chat(row["messages"][:-1], add_generation_prompt=True)) for row in rows(lab)]
    limit = sorted(begins)[0] + 1
    evaluation, examples = await lab.measure(mask_prompt=True, max_seq_length=limit)
    left = [index for index, place in enumerate(begins) if place < limit]
    assert evaluation.result is not None
    assert [example.index for example in examples] == left
    assert (evaluation.result.data.rows, evaluation.result.data.examples) == (12, len(left))
    assert evaluation.result.data.empty == 12 - len(left) > 0


async def test_an_adapter_of_zeros_differs_by_exactly_nothing(lab: Lab) -> None:
    evaluation, examples = await lab.measure("zero", general=True)
    assert evaluation.result is not None
    base, zero = evaluation.result.weights
    for ours, theirs in ((base.data, zero.data), (base.general, zero.general)):
        assert ours is not None and theirs is not None and theirs.difference is not None
        assert ours.loss == theirs.loss
        assert theirs.difference.model_dump() == {"mean": 0.0, "low": 0.0, "high": 0.0, "verdict": "equal"}
    assert all(example.losses[0] == example.losses[1] for example in examples)


async def test_the_general_text_equals_stock_by_hand(lab: Lab) -> None:
    evaluation, examples = await lab.measure("one", data="story", general=True)
    stock = tiny(lab, "one")
    texts = [json.loads(line)["text"] for line in GENERAL_TEXT.read_text().splitlines()]
    # A text ends in one EOS, as in training.
    ids = [[*stock.tokenizer.encode(text), stock.tokenizer.eos_token_id] for text in texts]
    assert evaluation.result is not None and evaluation.result.general is not None
    cut = [it[:512] for it in ids]
    assert_equals(evaluation.result.weights[1].general, [stock.token_losses(it) for it in cut])
    assert evaluation.result.general.examples == len(texts) == 64
    general = [example for example in examples if example.part == "general"]
    assert [example.text for example in general] == texts
    assert [example.part for example in examples] == ["data"] * 6 + ["general"] * 64


async def test_a_checkpoint_by_its_step_is_what_its_file_holds(lab: Lab) -> None:
    step = EvaluatedAdapter(adapter_name="one", adapter_file=20)
    evaluation, examples = await lab.measure("one", "two", adapters=[step, EvaluatedAdapter(adapter_name="two")])
    assert [(it.name, it.type, it.step) for it in evaluation.weights] == [
        (None, "none", None),
        ("one", "checkpoint", 20),
        ("two", "latest", None),
    ]
    assert all(example.losses[1] == example.losses[2] != example.losses[0] for example in examples)


async def test_rows_are_drawn_by_the_seed(lab: Lab) -> None:
    drawn = {}
    for name, changes in {"a": {"seed": 1}, "again": {"seed": 1}, "b": {"seed": 2}}.items():
        evaluation, examples = await lab.measure(limit=5, **changes)
        assert evaluation.result is not None
        assert (evaluation.result.data.available, evaluation.result.data.rows) == (12, 5)
        drawn[name] = [(example.index, example.losses) for example in examples]
    assert drawn["a"] == drawn["again"] != drawn["b"]
    indices = [index for index, _ in drawn["a"]]
    assert indices == sorted(set(indices))

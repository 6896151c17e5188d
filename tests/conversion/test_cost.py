"""What a conversion is said to cost: losses of the same rows before and after, as a held-out evaluation measures."""

import math
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx_lm import load

from backend.adapters.identity import content_hash
from backend.datasets.library import DatasetLibrary
from backend.errors import AppError, FieldError
from backend.evaluation.general import GENERAL_TEXT
from backend.evaluation.samples import find_sample
from backend.models.conversion.schemas import ConversionPlan, Sample
from backend.settings import Settings
from backend.workers.conversion import cost
from tests.conversion.conftest import TALE, Lab, asked
from tests.evaluation.conftest import Lab as EvaluationLab


@pytest.mark.parametrize("data", ["sums", None])
async def test_the_loss_before_is_that_of_an_evaluation_of_the_same_rows(
    home: Settings, lab: Lab, data: str | None
) -> None:
    conversion = await lab.convert(f"measured-on-{data}", bits=4, measure_on=data)
    evaluations = EvaluationLab(home)
    try:
        evaluation, _ = await evaluations.measure(data="sums", limit=cost.MOST_ROWS, general=data is None)
    finally:
        await evaluations.close()
    assert evaluation.result is not None and conversion.result is not None
    base = evaluation.result.weights[0]
    expected, part = (base.data, evaluation.result.data) if data else (base.general, evaluation.result.general)
    assert expected is not None and part is not None
    found = conversion.result
    assert (found.loss_before, found.perplexity_before) == (expected.loss, expected.perplexity)
    assert (found.examples, found.tokens) == (part.examples, part.tokens) and found.examples == 64
    assert found.measured_on == ("sums, test split" if data else "the general text")
    assert (found.device, found.computed_in, found.unmeasured) == ("CPU", "float32", None)
    assert found.loss_after is not None and found.difference is not None
    assert found.perplexity_after == math.exp(found.loss_after)
    assert found.difference.mean == pytest.approx(found.loss_after - expected.loss, abs=1e-12)
    assert found.difference.low is not None and found.difference.high is not None
    assert found.difference.low < found.difference.mean < found.difference.high


async def test_the_loss_after_is_that_of_the_new_model_in_stock_mlx_lm(lab: Lab) -> None:
    conversion = await lab.convert("after", bits=4, measure_on="tale")
    model, tokenizer = load(str(lab.folder("after")))
    ids = mx.array([[*tokenizer.encode(TALE), tokenizer.eos_token_id]])
    losses = nn.losses.cross_entropy(model(ids[:, :-1]), ids[:, 1:])
    assert conversion.result is not None
    assert conversion.result.measured_on == "tale, validation split"
    assert conversion.result.tokens == losses.size
    assert conversion.result.loss_after == pytest.approx(losses.mean().item(), abs=1e-5)
    assert conversion.result.difference is not None and conversion.result.difference.low is None  # one row alone


def test_the_sample_is_the_test_split_else_the_validation_split_else_refused(home: Settings) -> None:
    datasets = DatasetLibrary(home)
    general = Sample(
        part="general", title="the general text", file=GENERAL_TEXT, content_hash=content_hash(GENERAL_TEXT)
    )
    assert find_sample(datasets, None) == general
    assert find_sample(datasets, "sums").file == home.datasets / "sums" / "test.jsonl"
    assert find_sample(datasets, "tale").file == home.datasets / "tale" / "valid.jsonl"
    with pytest.raises(FieldError, match="story has neither a test nor a validation split"):
        find_sample(datasets, "story")
    with pytest.raises(FieldError, match="There is no data 'nothing'") as refused:
        find_sample(datasets, "nothing")
    assert refused.value.status_code == 404


def test_a_model_that_memory_does_not_hold_is_not_measured_and_that_is_said(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = cost.computing_bytes(home.base_models / "tiny")
    measured = cost.Cost(tmp_path, plan_of(home))
    monkeypatch.setattr(cost, "memory_limit", lambda: needed - 1)
    steps: list[None] = []
    measured.measure(cost.BEFORE, home.base_models / "tiny", lambda: steps.append(None))
    monkeypatch.setattr(cost, "memory_limit", lambda: needed)
    measured.measure(cost.AFTER, home.base_models / "tiny", lambda: steps.append(None))
    found = measured.result()
    assert len(steps) == measured.steps
    assert (found.loss_before, found.perplexity_before, found.difference) == (None, None, None)
    assert found.loss_after is not None
    assert found.unmeasured == (
        "The loss before was not measured: to compute with, the weights take 0.3 MB, and 0.3 MB are free."
    )


def test_a_sample_that_changed_is_not_measured(home: Settings, tmp_path: Path) -> None:
    plan = plan_of(home)
    plan.sample.content_hash = "0" * 64
    with pytest.raises(AppError, match="has changed since this conversion was asked for"):
        cost.Cost(tmp_path, plan)


def plan_of(home: Settings) -> ConversionPlan:
    return ConversionPlan(
        request=asked("new", bits=4),
        model_folder=home.base_models / "tiny",
        model_fingerprint="",
        folder=home.base_models / "new",
        sample=find_sample(DatasetLibrary(home), "sums"),
        max_seq_length=512,
    )

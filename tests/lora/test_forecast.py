"""Forecasts of memory from shapes that were made up, so that what must follow from them is known."""

import pytest

from backend.lora.estimate import BatchShape, RunShape
from backend.lora.forecast import ModelShape, forecast_peak, longest_batch

MODEL = ModelShape(
    weight_bytes=1_000_000_000,
    stored_bytes=1_000_000_000,
    float_bytes=2,
    layers=24,
    hidden=1024,
    heads=16,
    features=12_000,
    vocabulary=32_000,
)


def run(**changes: object) -> RunShape:
    settings = {
        "batch_size": 4,
        "batch_tokens": None,
        "grad_accumulation_steps": 1,
        "max_seq_length": 512,
        "grad_checkpoint": True,
        "iterations": 30,
        "validations": 0,
        "saves": 0,
    }
    return RunShape.model_validate(settings | changes)


def peak(optimizer: str = "adamw", full: bool = False, trained: int = 5_000_000, **changes: object) -> float:
    return forecast_peak(MODEL, run(**changes), 400, trained, optimizer, full).likely


def test_the_longest_examples_meet_in_the_batch_that_takes_most() -> None:
    assert longest_batch(run(), 400) == BatchShape(rows=4, width=399)
    assert longest_batch(run(), 4000) == BatchShape(rows=4, width=511)
    assert longest_batch(run(batch_tokens=1024), 400) == BatchShape(rows=2, width=399)
    assert longest_batch(run(batch_tokens=100), 400) == BatchShape(rows=1, width=399)


def test_what_costs_memory_is_forecast_to_cost_it() -> None:
    assert peak(grad_checkpoint=False) > 2 * peak()
    assert peak(batch_size=8) > peak() > peak(batch_size=1) > MODEL.weight_bytes
    assert peak(max_seq_length=128) < peak()
    assert peak(max_seq_length=4096) == peak()
    assert peak("sgd") < peak("muon") < peak("adamw") == peak("adam")
    assert peak(trained=50_000_000) > peak()


def test_what_is_kept_is_counted_exactly() -> None:
    """A parameter more costs its gradient, and itself with two moments twice over: 7 values of 4 bytes."""
    assert peak(trained=6_000_000) - peak(trained=5_000_000) == pytest.approx(28_000_000)


def test_the_head_is_dearer_to_train_than_to_train_past() -> None:
    assert peak(full=True) - peak() > 32_000 * 1024 * 4


def test_logits_and_scores_take_no_more_than_their_chunks() -> None:
    """Attention and logits alone, since nothing else grows with these."""
    one = MODEL.model_copy(update={"vocabulary": 1_000_000, "heads": 1000})
    other = MODEL.model_copy(update={"vocabulary": 9_000_000, "heads": 9000})
    of = [forecast_peak(model, run(), 400, 1, "adamw", full=False) for model in (one, other)]
    assert of[0] == of[1]


def test_loading_counts_where_it_takes_more_than_training() -> None:
    """On a CPU what is stored in half precision is held beside its wider copy for a while."""
    small = run(batch_size=1, max_seq_length=2)
    on_cpu = MODEL.model_copy(update={"float_bytes": 4, "weight_bytes": 2_000_000_000})
    assert forecast_peak(on_cpu, small, 400, 1, "sgd", full=False).low > 3_000_000_000
    assert forecast_peak(MODEL, small, 400, 1, "sgd", full=False).high < 1_100_000_000

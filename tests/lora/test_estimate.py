"""Predictions from measurements that were made up, so that what is right is known exactly."""

import pytest

from backend.lora.estimate import (
    BatchShape,
    MeasuredStep,
    Measurements,
    RunShape,
    duration_seconds,
    epoch_shapes,
    peak_bytes,
    step_seconds,
)

KEPT = 1_000_000


def memory(shape: BatchShape) -> int:
    return KEPT + 50_000 + 700 * shape.tokens + 3 * shape.rows * shape.width**2


def seconds(shape: BatchShape) -> float:
    return 0.01 + 2e-5 * shape.tokens + 1e-8 * shape.rows * shape.width**2


def shape(rows: int, width: int) -> BatchShape:
    return BatchShape(rows=rows, width=width)


def step(rows: int, width: int) -> MeasuredStep:
    one = shape(rows, width)
    return MeasuredStep(
        shape=one,
        first_seconds=seconds(one) + 0.5,
        seconds=seconds(one),
        slowest_seconds=seconds(one),
        peak_bytes=memory(one),
    )


def run(**changes: object) -> RunShape:
    settings = {
        "batch_size": 4,
        "batch_tokens": None,
        "grad_accumulation_steps": 1,
        "max_seq_length": 1000,
        "grad_checkpoint": True,
        "iterations": 30,
        "validations": 0,
        "saves": 0,
    }
    return RunShape.model_validate(settings | changes)


FOUND = Measurements(
    preparing_seconds=3.0,
    kept_bytes=KEPT,
    loading_bytes=1_200_000,
    other_bytes=0,
    limit_bytes=10**9,
    layers=10,
    layer_input_bytes=40,
    lengths=[101] * 8 + [401] * 4,
    validation_seconds=0.5,
    saving_seconds=0.25,
    steps=[step(4, 100), step(4, 200), step(2, 400), step(4, 400)],
)


def test_examples_of_similar_length_make_a_batch_as_wide_as_its_longest() -> None:
    lengths = [11, 31, 21, 51, 41]
    assert epoch_shapes(lengths, run(batch_size=2)) == [shape(2, 50), shape(2, 30), shape(1, 10)]
    assert epoch_shapes(lengths, run(batch_size=2, max_seq_length=35)) == [shape(2, 34), shape(2, 30), shape(1, 10)]
    assert epoch_shapes(lengths, run(batch_tokens=90)) == [shape(1, 50), shape(2, 40), shape(2, 20)]
    assert epoch_shapes(lengths, run(batch_tokens=20))[0] == shape(1, 50)


@pytest.mark.parametrize("other", [shape(1, 400), shape(16, 100), shape(8, 60), shape(4, 800)])
def test_time_and_memory_are_told_for_shapes_that_were_not_measured(other: BatchShape) -> None:
    assert step_seconds(FOUND.steps, [other]) == pytest.approx([seconds(other)], rel=1e-6)
    settings = run(batch_size=other.rows, max_seq_length=other.width + 1)
    found = FOUND.model_copy(update={"lengths": [other.width + 1] * other.rows})
    peak = peak_bytes(found, settings, settings)
    assert peak.likely == pytest.approx(max(memory(other), found.loading_bytes), rel=1e-6)
    assert peak.low <= peak.likely < peak.high


def test_noise_never_makes_more_work_take_less_time() -> None:
    noisy = [
        one.model_copy(update={"seconds": one.seconds * factor})
        for one, factor in zip(FOUND.steps, (9, 1, 1, 0.5), strict=True)
    ]
    predicted = step_seconds(noisy, [shape(1, 10), shape(4, 100), shape(4, 200), shape(4, 400), shape(8, 800)])
    assert predicted == sorted(predicted)
    assert predicted[0] > 0


def test_the_peak_of_a_shape_that_was_measured_is_what_was_measured() -> None:
    peak = peak_bytes(FOUND, run(), run())
    assert peak.likely == memory(shape(4, 400))
    assert peak.high == pytest.approx(KEPT + 1.05 * (memory(shape(4, 400)) - KEPT))


def test_loading_may_take_more_than_any_step() -> None:
    found = FOUND.model_copy(update={"loading_bytes": 10**8})
    assert peak_bytes(found, run(), run()).likely == 10**8


def test_recomputing_keeps_the_inputs_of_all_layers_and_the_inside_of_one() -> None:
    over = memory(shape(4, 400)) - KEPT
    peak = peak_bytes(FOUND, run(), run(grad_checkpoint=False))
    assert peak.likely == pytest.approx(max(1_200_000, KEPT + over / 10 + 10 * 40 * 1600))
    assert peak_bytes(FOUND, run(grad_checkpoint=False), run(grad_checkpoint=False)).likely == KEPT + over


def test_the_duration_is_the_sum_of_all_that_a_run_does() -> None:
    epoch = 2 * seconds(shape(4, 100)) + seconds(shape(4, 400))
    settings = run(iterations=30, validations=3, saves=2)
    expected = 3.0 + 10 * epoch + 2 * 0.5 + 3 * 0.5 + 2 * 0.25
    duration = duration_seconds(FOUND, settings)
    assert duration.likely == pytest.approx(expected)
    assert (duration.low, duration.high) == pytest.approx((expected / 1.2, 1.2 * expected))
    twice = duration_seconds(FOUND, run(iterations=30, validations=3, saves=2, grad_accumulation_steps=2))
    assert twice.likely == pytest.approx(expected + 10 * epoch)


def test_a_busy_machine_makes_the_band_wider() -> None:
    restless = [one.model_copy(update={"slowest_seconds": 1.5 * one.seconds}) for one in FOUND.steps]
    duration = duration_seconds(FOUND.model_copy(update={"steps": restless}), run())
    assert duration.high / duration.likely == pytest.approx(1.7)
    assert duration.likely == duration_seconds(FOUND, run()).likely


def test_a_run_of_less_than_an_epoch_is_less_certain() -> None:
    whole, part = (duration_seconds(FOUND, run(iterations=iterations)) for iterations in (30, 31))
    assert (part.high - part.low) / part.likely > (whole.high - whole.low) / whole.likely

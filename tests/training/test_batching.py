import itertools
from collections.abc import Sequence

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.workers.training.data.batching import (
    MOST_SHAPES,
    Batch,
    TrainingBatches,
    collate,
    shard,
    validation_batches,
)
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine.losses import summed_loss


def example(length: int, marker: int, prompt: int = 1) -> Encoded:
    """Tokens marker, marker + 1, ...: each says which example it is of, and where. The first `prompt` do not count."""
    counts = np.ones(length, dtype=bool)
    counts[:prompt] = False
    return Encoded(np.arange(marker, marker + length, dtype=np.int32), counts, length)


@st.composite
def data_sets(draw: st.DrawFn) -> list[Encoded]:
    sizes = draw(st.lists(st.tuples(st.integers(2, 60), st.floats(0, 1)), min_size=1, max_size=50))
    return [
        example(length, 1000 * number, 1 + int(prompt * (length - 2)))
        for number, (length, prompt) in enumerate(sizes, start=1)
    ]


def of_length(number: int) -> list[Encoded]:
    lengths = np.random.default_rng(0).integers(5, 200, number)
    return [example(int(length), 1000 * marker) for marker, length in enumerate(lengths, start=1)]


SIZES = st.tuples(st.integers(1, 9), st.none()) | st.tuples(st.just(1), st.integers(1, 200))


def rows(batch: Batch) -> list[int]:
    return [int(marker) // 1000 for marker in np.array(batch.inputs)[:, 0]]


def targets(batch: Batch) -> list[int]:
    """The tokens that carry loss, checked to be what follows their places."""
    inputs, weights = np.array(batch.inputs).reshape(-1), np.array(batch.weights)
    assert set(weights.tolist()) <= {0.0, 1.0}
    places, labels = np.array(batch.positions)[weights == 1], np.array(batch.labels)[weights == 1]
    assert (inputs[places] + 1 == labels).all()
    assert batch.tokens == len(labels) >= 0
    return sorted(labels.tolist())


def wanted(examples: Sequence[Encoded]) -> list[int]:
    return sorted(int(token) for one in examples for token in one.ids[one.counts])


def shape(batch: Batch) -> tuple[int, ...]:
    return (*batch.inputs.shape, len(batch.positions))


def same(one: Batch, other: Batch) -> bool:
    arrays = ("inputs", "positions", "labels", "weights")
    return all(np.array_equal(np.array(getattr(one, name)), np.array(getattr(other, name))) for name in arrays)


def test_only_what_carries_loss_is_listed() -> None:
    batch = collate([example(3, 10), example(5, 20, prompt=3)])
    assert batch.inputs.tolist() == [[10, 11, 12, 0], [20, 21, 22, 23]]
    assert batch.positions.tolist() == [0, 1, 6, 7]
    assert batch.labels.tolist() == [11, 12, 23, 24]
    assert batch.weights.tolist() == [1, 1, 1, 1]
    assert batch.tokens == 4
    assert [array.dtype for array in (batch.inputs, batch.positions, batch.labels, batch.weights)] == [
        *[mx.int32] * 3,
        mx.float32,
    ]


@settings(deadline=None)
@given(data_sets(), SIZES, st.integers(0, 5))
def test_every_epoch_uses_every_example_once_and_all_its_targets(
    examples: list[Encoded], sizes: tuple[int, int | None], seed: int
) -> None:
    batches = TrainingBatches(examples, *sizes, seed)
    for epoch in range(3):
        first = epoch * batches.batches_per_epoch
        drawn = list(itertools.islice(batches.starting_at(first), batches.batches_per_epoch))
        assert sorted(row for batch in drawn for row in rows(batch)) == list(range(1, len(examples) + 1))
        assert sorted(token for batch in drawn for token in targets(batch)) == wanted(examples)
        assert all(batch.tokens >= 1 for batch in drawn)


@settings(deadline=None)
@given(data_sets(), SIZES, st.integers(0, 40))
def test_a_place_sought_is_the_one_walked_to(
    examples: list[Encoded], sizes: tuple[int, int | None], index: int
) -> None:
    walked = list(itertools.islice(TrainingBatches(examples, *sizes, seed=1).starting_at(0), index, index + 3))
    sought = list(itertools.islice(TrainingBatches(examples, *sizes, seed=1).starting_at(index), 3))
    assert all(same(one, other) for one, other in zip(walked, sought, strict=True))


@settings(deadline=None)
@given(data_sets(), SIZES, st.integers(0, 5))
def test_shapes_are_few_and_the_longest_is_the_largest(
    examples: list[Encoded], sizes: tuple[int, int | None], seed: int
) -> None:
    batches = TrainingBatches(examples, *sizes, seed)
    seen = {shape(batches.at(index)) for index in range(6 * batches.batches_per_epoch)}
    assert len(seen) <= batches.most_shapes <= MOST_SHAPES
    longest = batches.longest()
    rows_of_longest, longest_width = longest.inputs.shape
    assert not any(width > longest_width and rows * width >= longest.inputs.size for rows, width, _ in seen)
    assert not any(rows > rows_of_longest and width >= longest_width for rows, width, _ in seen)
    assert len(longest.positions) >= max(count for rows, width, count in seen if (rows, width) == longest.inputs.shape)
    assert targets(longest)


@pytest.mark.parametrize("sizes", [(8, None), (1, 1500)])
def test_epochs_differ_and_a_seed_gives_them_again(sizes: tuple[int, int | None]) -> None:
    def epochs(seed: int) -> list[list[list[int]]]:
        batches = TrainingBatches(of_length(64), *sizes, seed)
        per_epoch = batches.batches_per_epoch
        return [[rows(batches.at(epoch * per_epoch + place)) for place in range(per_epoch)] for epoch in range(2)]

    first, second = epochs(1)
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in second}
    assert epochs(1) == [first, second]
    assert epochs(2) != [first, second]


def test_examples_of_similar_length_stand_together() -> None:
    batches = TrainingBatches(of_length(1000), 8, None, seed=0)
    drawn = [batches.at(index) for index in range(batches.batches_per_epoch)]
    assert batches.useful_share == pytest.approx(
        sum(one.tokens for one in drawn) / sum(batch.inputs.size for batch in drawn)
    )
    assert batches.useful_share > 0.93


def test_unbounded_batches_hold_the_same_examples_without_rounding_up() -> None:
    examples = of_length(100)
    bounded = TrainingBatches(examples, 8, None, seed=0)
    exact = TrainingBatches(examples, 8, None, seed=0, bounded_shapes=False)
    for index in range(30):
        batch = exact.at(index)
        assert rows(batch) == rows(bounded.at(index))
        assert batch.inputs.shape[1] == max(len(examples[row - 1].ids) for row in rows(batch)) - 1
        assert len(batch.positions) == batch.tokens


def test_an_example_longer_than_the_budget_makes_a_batch_by_itself() -> None:
    batches = TrainingBatches([example(100, 1000), example(5, 2000), example(6, 3000)], 1, 20, seed=0)
    drawn = [batches.at(index) for index in range(batches.batches_per_epoch)]
    assert sorted(sorted(rows(batch)) for batch in drawn) == [[1], [2, 3]]


def test_examples_without_a_target_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one example, each with a target"):
        TrainingBatches([example(5, 1000), example(5, 2000, prompt=5)], 2, None, seed=0)


@settings(deadline=None)
@given(data_sets(), SIZES, st.integers(1, 5))
def test_shards_hold_the_batch_between_them_in_one_shape(
    examples: list[Encoded], sizes: tuple[int, int | None], processes: int
) -> None:
    batches = TrainingBatches(examples, *sizes, seed=0)
    for index in range(batches.batches_per_epoch):
        batch = batches.at(index)
        shards = [shard(batch, rank, processes) for rank in range(processes)]
        assert len({shape(one) for one in shards}) == 1
        assert sum(one.tokens for one in shards) == batch.tokens
        assert sorted(token for one in shards for token in targets(one)) == targets(batch)
        assert [row for one in shards for row in rows(one) if row] == rows(batch)


def test_losses_of_shards_sum_to_the_losses_of_the_batch() -> None:
    mx.random.seed(0)
    model = nn.Sequential(nn.Embedding(6000, 8), nn.Linear(8, 6000))
    batches = TrainingBatches([example(5 + number, 100 * number, 1 + number) for number in range(20)], 3, None, seed=0)
    for index in range(batches.batches_per_epoch):
        whole, *parts = (
            summed_loss(model, batch.inputs, batch.positions, batch.labels, batch.weights).item()
            for batch in (batches.at(index), *(shard(batches.at(index), rank, 4) for rank in range(4)))
        )
        assert sum(parts) == pytest.approx(whole, rel=1e-5)


def test_validation_is_fixed_and_keeps_the_incomplete_batch() -> None:
    drawn = [validation_batches(of_length(10), 4, limit=-1, seed=0) for _ in range(2)]
    assert [rows(batch) for batch in drawn[0]] == [rows(batch) for batch in drawn[1]]
    assert sorted(len(rows(batch)) for batch in drawn[0]) == [2, 4, 4]
    assert sorted(row for batch in drawn[0] for row in rows(batch)) == list(range(1, 11))


@pytest.mark.parametrize(("size", "budget", "fewest", "most"), [(4, None, 8, 8), (1, 400, 4, 20)])
def test_a_limit_draws_the_same_rows_each_time(size: int, budget: int | None, fewest: int, most: int) -> None:
    drawn = [
        sorted(row for batch in validation_batches(of_length(40), size, 2, 5, budget) for row in rows(batch))
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    assert fewest <= len(drawn[0]) <= most


def test_a_validation_set_smaller_than_a_batch_works() -> None:
    assert [len(rows(batch)) for batch in validation_batches(of_length(3), 8, limit=25, seed=0)] == [3]
    assert validation_batches([], 8, limit=25, seed=0) == []

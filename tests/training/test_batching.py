import itertools

import mlx.core as mx
import numpy as np
import pytest

from backend.workers.training.batching import Batch, collate, training_batches, validation_batches
from backend.workers.training.encoding import Encoded


def example(length: int, marker: int) -> Encoded:
    """Tokens that all say which example they are of."""
    counts = np.ones(length, dtype=bool)
    counts[0] = False
    return Encoded(np.full(length, marker, dtype=np.int32), counts, length)


def examples(number: int) -> list[Encoded]:
    lengths = np.random.default_rng(0).integers(5, 200, number)
    return [example(int(length), marker) for marker, length in enumerate(lengths, start=1)]


def rows(batch: Batch) -> list[int]:
    return [int(marker) for marker in np.array(batch.inputs)[:, 0]]


def test_padding_carries_no_loss() -> None:
    batch = collate([example(3, 7), example(5, 8)])
    assert batch.inputs.tolist() == [[7, 7, 7, 0], [8, 8, 8, 8]]
    assert batch.targets.tolist() == [[7, 7, 0, 0], [8, 8, 8, 8]]
    assert batch.counts.tolist() == [[True, True, False, False], [True] * 4]
    assert batch.tokens == 6
    assert batch.inputs.dtype == mx.int32


@pytest.mark.parametrize(("number", "batch_size"), [(30, 8), (7, 8), (16, 4), (5, 1)])
def test_every_epoch_uses_every_row_once(number: int, batch_size: int) -> None:
    per_epoch = -(-number // batch_size)
    batches = training_batches(examples(number), batch_size, seed=3)
    for _ in range(3):
        epoch = [rows(batch) for batch in itertools.islice(batches, per_epoch)]
        assert sorted(itertools.chain(*epoch)) == list(range(1, number + 1))


def test_epochs_differ_and_a_seed_gives_them_again() -> None:
    def epochs(seed: int) -> list[list[int]]:
        batches = training_batches(examples(64), 8, seed)
        return [[row for batch in itertools.islice(batches, 8) for row in rows(batch)] for _ in range(2)]

    first, second = epochs(1)
    assert first != second
    assert [sorted(first[start : start + 8]) for start in range(0, 64, 8)] != [
        sorted(second[start : start + 8]) for start in range(0, 64, 8)
    ]
    assert epochs(1) == [first, second]
    assert epochs(2) != [first, second]


def test_rows_of_similar_length_stand_together() -> None:
    batches = list(itertools.islice(training_batches(examples(256), 8, seed=0), 32))
    fed = sum(batch.inputs.size for batch in batches)
    useful = sum(batch.tokens for batch in batches)
    assert fed / useful < 1.2


def test_validation_is_fixed_and_keeps_the_incomplete_batch() -> None:
    batches = validation_batches(examples(10), 4, limit=-1, seed=0)
    assert [len(rows(batch)) for batch in batches] == [4, 4, 2]
    assert sorted(row for batch in batches for row in rows(batch)) == list(range(1, 11))


def test_a_limit_draws_the_same_rows_each_time() -> None:
    drawn = [
        sorted(row for batch in validation_batches(examples(40), 4, limit=2, seed=5) for row in rows(batch))
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 8


def test_a_validation_set_smaller_than_a_batch_works() -> None:
    assert [len(rows(batch)) for batch in validation_batches(examples(3), 8, limit=25, seed=0)] == [3]

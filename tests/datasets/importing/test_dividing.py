"""Equal rows are found, and rows divided, by their keys alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.datasets.importing.dividing import SIDES, divide
from backend.datasets.importing.schemas import SplitPlan
from backend.datasets.importing.seen import NOWHERE, Seen, content_key

keys = st.lists(st.integers(0, 40), max_size=120)


def hashed(numbers: list[int]) -> "np.ndarray":
    return np.array([content_key(f"{number}".encode()) for number in numbers], dtype=np.uint64)


@settings(deadline=None)
@given(keys, st.integers(1, 9))
def test_the_first_equal_row_is_found_in_whichever_batch_it_was(numbers: list[int], batch: int) -> None:
    seen, found = Seen(), []
    places = np.arange(len(numbers), dtype=np.uint64)
    for begin in range(0, len(numbers), batch):
        part = slice(begin, begin + batch)
        found += seen.first_places(hashed(numbers)[part], places[part]).tolist()

    firsts = [numbers.index(number) for number in numbers]
    assert found == [first if first != index else int(NOWHERE) for index, first in enumerate(firsts)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=3, max_size=100), st.integers(0, 5))
def test_neither_a_group_nor_equal_rows_stand_on_two_sides(rows: list[tuple[int, int]], seed: int) -> None:
    contents, groups = hashed([content for content, _ in rows]), hashed([-1 - group for _, group in rows])
    sides = divide(contents, groups, SplitPlan(valid_fraction=0.2, test_fraction=0.3, seed=seed))

    for column in (contents, groups):
        for key in np.unique(column):
            assert len(set(sides[column == key].tolist())) == 1
    again = np.random.default_rng(1).permutation(len(rows))
    shuffled = divide(contents[again], groups[again], SplitPlan(valid_fraction=0.2, test_fraction=0.3, seed=seed))
    assert shuffled.tolist() == sides[again].tolist()


@pytest.mark.parametrize(
    ("rows", "valid", "test", "counts"),
    [
        (1000, 0.1, 0.05, [850, 100, 50]),
        (999, 0.1, 0.0, [899, 100, 0]),
        (7, 0.1, 0.1, [5, 1, 1]),
        (2, 0.5, 0.4, [1, 0, 1]),
        (1, 0.5, 0.4, [1, 0, 0]),
        (10, 0.0, 0.0, [10, 0, 0]),
    ],
)
def test_fractions_are_exact(rows: int, valid: float, test: float, counts: list[int]) -> None:
    each = hashed(list(range(rows)))
    sides = divide(each, each, SplitPlan(valid_fraction=valid, test_fraction=test))

    assert np.bincount(sides, minlength=len(SIDES)).tolist() == counts


def test_groups_fill_a_share_as_nearly_as_they_can() -> None:
    groups = hashed([number // 7 for number in range(700)])
    contents = hashed(list(range(700)))
    sides = divide(contents, groups, SplitPlan(valid_fraction=0.1, test_fraction=0.0))

    assert np.bincount(sides).tolist() == [630, 70]


def test_another_seed_divides_otherwise() -> None:
    each = hashed(list(range(1000)))
    one, same, other = (divide(each, each, SplitPlan(seed=seed)) for seed in (1, 1, 2))

    assert one.tolist() == same.tolist()
    assert 60 < int(((one == 1) & (other == 0)).sum()) <= 100

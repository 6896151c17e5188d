import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.workers.training.data.shapes import MOST_WIDTHS, Layout, few_sizes

LENGTHS = st.lists(st.integers(1, 400), min_size=1, max_size=120).map(np.array)


def rounded(values: np.ndarray, sizes: list[int]) -> int:
    return int(np.array(sizes)[np.searchsorted(sizes, values)].sum())


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12).map(np.array), st.integers(1, 4))
def test_sizes_are_those_of_all_choices_that_add_least(values: np.ndarray, most: int) -> None:
    distinct = sorted({int(value) for value in values})
    choices = [
        [*lower, distinct[-1]]
        for number in range(min(most, len(distinct)))
        for lower in itertools.combinations(distinct[:-1], number)
    ]
    assert rounded(values, few_sizes(values, most, enough=1.0)) == min(rounded(values, sizes) for sizes in choices)


def test_no_more_sizes_than_are_needed() -> None:
    values = np.array([100] * 50 + [99] * 50 + [10] * 100)
    assert few_sizes(values, 16, enough=1.02) == [10, 100]
    assert few_sizes(values, 16, enough=1.0) == [10, 99, 100]
    assert few_sizes(values, 1, enough=1.0) == [100]


def test_many_distinct_values_are_rounded_as_well_as_few() -> None:
    values = np.random.default_rng(0).integers(1, 30_000, 20_000)
    sizes = few_sizes(values, 16, enough=1.0)
    assert len(sizes) == 16
    assert sizes[-1] == values.max()
    assert rounded(values, sizes) / values.sum() < 1.07  # 16 even steps over an even distribution: 1 + 1 / 16


def test_every_class_has_examples_enough_to_mix() -> None:
    lengths = np.r_[np.random.default_rng(0).integers(10, 200, 300), 240]
    classes = Layout.of(lengths, lambda width: 8).classes
    assert 8 < len(classes) <= MOST_WIDTHS
    assert all(len(one.members) > 8 for one in classes)


def test_one_long_example_does_not_stretch_the_others() -> None:
    layout = Layout.of(np.array([5, 6, 100]), lambda width: max(1, 20 // width))
    assert [(layout.classes[index].width, rows) for index, rows in layout.shapes] == [(6, 2), (100, 1)]


def test_what_a_longer_class_would_need_many_batches_for_makes_a_smaller_one() -> None:
    layout = Layout.of(np.array([5] * 4 + [30, 31, 100]), lambda width: max(1, 100 // width))
    assert [(layout.classes[index].width, rows) for index, rows in layout.shapes] == [(5, 4), (31, 2), (100, 1)]


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_with_a_fixed_size_has_as_few_batches_as_can_be(
    lengths: np.ndarray, batch_size: int, seed: int
) -> None:
    layout = Layout.of(lengths, lambda width: batch_size)
    drawn = layout.draw(np.random.default_rng(seed))
    assert len(drawn) == -(-len(lengths) // batch_size)
    assert max(len(members) for members in drawn) <= batch_size
    assert sorted(np.concatenate(drawn).tolist()) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 900), st.integers(0, 3))
def test_batches_of_a_token_budget_stay_within_it(lengths: np.ndarray, budget: int, seed: int) -> None:
    layout = Layout.of(lengths, lambda width: max(1, budget // width))
    drawn = layout.draw(np.random.default_rng(seed))
    assert sorted(np.concatenate(drawn).tolist()) == list(range(len(lengths)))
    for (index, rows), members in zip(layout.shapes, drawn, strict=True):
        width = layout.classes[index].width
        assert rows == len(members)
        assert lengths[members].max() <= width
        assert rows == 1 or rows * width <= budget
        assert set(members) <= set(layout.eligible(index))


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1.06), (8, 1.08), (16, 1.1)])
def test_padding_of_lengths_as_instructions_have_them(batch_size: int, most: float) -> None:
    """Log-normal, as Alpaca's: median 94 tokens, one in twenty over 205."""
    lengths = np.clip(np.random.default_rng(0).lognormal(np.log(94), 0.47, 1000), 38, 450).astype(int)
    layout = Layout.of(lengths, lambda width: batch_size)
    assert layout.padded_tokens / lengths.sum() < most

"""The interval of a difference: against published tables, and against what it promises."""

import numpy as np
import pytest

from backend.evaluation.schemas import Difference
from backend.evaluation.statistics import difference, perplexity, t_95


@pytest.mark.parametrize(
    ("degrees", "published"), [(4, 2.776), (5, 2.571), (9, 2.262), (20, 2.086), (30, 2.042), (120, 1.980)]
)
def test_students_t_is_that_of_the_tables(degrees: int, published: float) -> None:
    assert t_95(degrees) == pytest.approx(published, abs=0.003)


def test_with_equal_lengths_it_is_the_paired_t_interval() -> None:
    """Of Student's sleep data: ten patients, mean difference 1.58, 95% interval 0.70 to 2.46."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = difference(second, first, [1] * 10)
    assert found.mean == pytest.approx(1.58)
    assert found.low == pytest.approx(0.7001, abs=2e-3)
    assert found.high == pytest.approx(2.4599, abs=2e-3)
    assert found.verdict == "worse"


def test_tokens_weigh_the_same_whatever_example_they_stand_in() -> None:
    found = difference([12.0, 30.0, 8.0, 4.0, 6.0], [10.0, 20.0, 8.0, 4.0, 6.0], [10, 20, 8, 4, 6])
    assert found.mean == pytest.approx(12 / 48)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    truth, trials, held = -0.05, 2000, 0
    for _ in range(trials):
        tokens = random.integers(5, 60, 25)
        hard = random.normal(3, 1, 25)
        change = truth + random.normal(0, 0.3, 25) / np.sqrt(tokens)
        found = difference(((hard + change) * tokens).tolist(), (hard * tokens).tolist(), tokens.tolist())
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert 0.93 <= held / trials <= 0.97


def test_few_examples_and_no_difference_are_said() -> None:
    assert difference([1.0] * 9, [1.0] * 9, [3] * 9) == Difference(mean=0.0, low=0.0, high=0.0, verdict="equal")
    assert difference([1.0, 2.0], [1.5, 3.0], [1, 2]) == Difference(mean=-0.5, low=None, high=None, verdict="too_few")
    unclear = difference([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.1], [1] * 5)
    assert unclear.verdict == "unclear"


def test_perplexity_is_a_number_or_nothing() -> None:
    assert perplexity(0.0) == 1.0
    assert perplexity(1000.0) is None


def test_a_change_that_every_token_shares_is_certain_whatever_the_lengths() -> None:
    tokens = [3, 50, 8, 120, 21, 9]
    found = difference([2.5 * count for count in tokens], [3.0 * count for count in tokens], tokens)
    for bound in (found.low, found.mean, found.high):
        assert bound == pytest.approx(-0.5)
    assert found.verdict == "better"

"""Constants are those of scipy 1.17, `binomtest(wins, number).proportion_ci(0.95, method="wilson")`."""

import pytest

from backend.votes.schemas import Standing
from backend.votes.statistics import FEWEST_TO_SETTLE, more_votes, standing, wilson_interval


@pytest.mark.parametrize(
    ("wins", "number", "low", "high"),
    [
        (10, 15, 0.41713547738519774, 0.8482367556028528),
        (0, 10, 0.0, 0.27753279986288926),
        (10, 10, 0.7224672001371109, 1.0),
        (1, 1, 0.20654931437723745, 1.0),
        (50, 100, 0.4038315303659956, 0.5961684696340044),
        (65, 100, 0.5525444329688796, 0.7363575175690247),
    ],
)
def test_the_interval_is_scipys(wins: int, number: int, low: float, high: float) -> None:
    assert wilson_interval(wins / number, number) == pytest.approx((low, high), abs=1e-14)


@pytest.mark.parametrize(
    ("share", "even", "settled_at"),
    [
        (0.75, 0.5, 16),  # 3.8415 * 0.25 * 16 = 15.4
        (2 / 3, 0.5, 35),  # 3.8415 * 0.25 * 36 = 34.57
        (0.6, 0.5, 97),
        (0.51, 0.5, 9604),
        (0.1, 1 / 3, 16),
        (0.5, 1 / 3, 31),
    ],
)
def test_the_votes_that_settle_it_are_the_first_whose_interval_excludes_even(
    share: float, even: float, settled_at: int
) -> None:
    assert more_votes(share, 1, even) == settled_at - 1
    assert more_votes(share, settled_at, even) == more_votes(share, settled_at + 50, even) == 0
    excludes = [not low <= even <= high for low, high in (wilson_interval(share, n) for n in range(1, settled_at + 1))]
    assert excludes == [False] * (settled_at - 1) + [True]


@pytest.mark.parametrize(("share", "even"), [(1.0, 0.5), (0.0, 0.5), (1.0, 1 / 3), (0.0, 1 / 3)])
def test_a_handful_of_votes_settles_nothing_though_the_interval_excludes_even(share: float, even: float) -> None:
    low, high = wilson_interval(share, FEWEST_TO_SETTLE - 1)
    assert not low <= even <= high
    assert [more_votes(share, number, even) for number in (1, 9, 10)] == [9, 1, 0]


@pytest.mark.parametrize(
    ("share", "number", "said"),
    [(0.0, 0, "no_votes"), (0.5, 8, "even"), (1.0, 9, "open"), (1.0, 10, "better"), (0.0, 10, "worse")],
)
def test_it_is_said_whether_it_is_settled(share: float, number: int, said: Standing) -> None:
    assert standing(share, number, 0.5) == said


def test_no_number_of_votes_settles_what_is_even() -> None:
    assert more_votes(0.5, 12, 0.5) is None
    assert more_votes((0.1 + 0.2) / 0.6, 3, 0.5) is None

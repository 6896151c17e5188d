"""What counted votes say about a difference. Knows numbers, not votes.

Wilson's score interval for a share (E. B. Wilson, Probable Inference, JASA 22, 1927; the formula as in L. D. Brown,
T. T. Cai, A. DasGupta, Interval Estimation for a Binomial Proportion, Statistical Science 16, 2001, equation 4).
Observations between 0 and 1, such as the half of a tie, vary less than wins and losses of the same mean do, so that
the interval is then wider than it need be, never narrower. It is an interval for a number of votes fixed beforehand:
who looks after each vote and stops at the first difference errs more often than one time in twenty.
"""

import math

from backend.votes.schemas import Standing

Z_95 = 1.959963984540054
"""The 97.5th percentile of the normal distribution."""
FEWEST_TO_SETTLE = 10
"""With fewer votes the interval is too narrow where there is no difference: four of four exclude a half, and with none
of four they come by chance one time in eight. From ten on it excludes a half or a third by chance in 8 of 100 cases at
the worst, and in about 5 on average."""


def wilson_interval(share: float, number: int, z: float = Z_95) -> tuple[float, float]:
    """Where the true share lies with the confidence of `z`, from the mean of `number` observations; number > 0."""
    spread = z * z / number
    centre = share + spread / 2
    margin = math.sqrt(spread * (share * (1 - share) + spread / 4))
    return max(0.0, (centre - margin) / (1 + spread)), min(1.0, (centre + margin) / (1 + spread))


def more_votes(share: float, number: int, even: float, z: float = Z_95) -> int | None:
    """How many further observations of the same mean it takes until Wilson's interval excludes `even`.

    The interval holds every share p with |share - p| <= z sqrt(p (1 - p) / n), so it takes more than
    z² p (1 - p) / (share - p)² observations, and FEWEST_TO_SETTLE. 0 where there are as many already; None for a share
    of `even` exactly.
    """
    difference = share - even
    if math.isclose(share, even, abs_tol=1e-12):
        return None
    needed = math.floor(z * z * even * (1 - even) / difference**2) + 1
    return max(0, max(needed, FEWEST_TO_SETTLE) - number)


def standing(share: float, number: int, even: float) -> Standing:
    """Whether the difference from `even` is settled, and which way."""
    if number == 0:
        return "no_votes"
    more = more_votes(share, number, even)
    if more is None:
        return "even"
    if more > 0:
        return "open"
    return "better" if share > even else "worse"

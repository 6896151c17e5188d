"""How sure a difference of mean losses is. Pure Python: numbers in, an interval out.

Two models are measured on the same examples, so that what is hard for both cancels out; and tokens of one example are
not independent, so that examples are what is counted. The mean a token over examples of different lengths is a ratio of
two sums, whose standard error is that of a ratio estimator: W. G. Cochran, Sampling Techniques, third edition, 1977,
equation 6.9 (without the factor of a finite population). E. Miller, Adding Error Bars to Evals, arXiv 2411.00640, 2024,
sections 2.2 and 4.2, gives the same for language models.
"""

import math
from collections.abc import Sequence

from backend.evaluation.schemas import Difference, Verdict

Z_95 = 1.959963984540054
"""The 97.5th percentile of the normal distribution."""
FEWEST = 5
"""With fewer examples an interval says more about the assumptions than about the models."""


def difference(sums: Sequence[float], base_sums: Sequence[float], tokens: Sequence[int]) -> Difference:
    """Of losses summed over the tokens of each example, all sequences by example; `tokens` are at least 1 each."""
    changes = [own - base for own, base in zip(sums, base_sums, strict=True)]
    total = sum(tokens)
    mean = sum(changes) / total
    if not any(changes):
        return Difference(mean=0.0, low=0.0, high=0.0, verdict="equal")
    if len(changes) < FEWEST:
        return Difference(mean=mean, low=None, high=None, verdict="too_few")
    residues = [change - mean * count for change, count in zip(changes, tokens, strict=True)]
    count = len(changes)
    error = math.sqrt(count / (count - 1) * math.fsum(residue**2 for residue in residues)) / total
    margin = t_95(count - 1) * error
    return Difference(mean=mean, low=mean - margin, high=mean + margin, verdict=_verdict(mean - margin, mean + margin))


def t_95(degrees: int) -> float:
    """The 97.5th percentile of Student's t with at least 4 degrees of freedom, within 0.003.

    The expansion in 1 / degrees of M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = Z_95
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees**power for power, term in enumerate(terms, start=1))


def perplexity(loss: float) -> float | None:
    """exp(loss); None where that is more than a number can hold."""
    try:
        return math.exp(loss)
    except OverflowError:
        return None


def _verdict(low: float, high: float) -> Verdict:
    if high < 0:
        return "better"
    return "worse" if low > 0 else "unclear"

"""Which few shapes the batches of a data set have, and which examples meet. Knows lengths, not what tokens say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Self

import numpy as np

MOST_WIDTHS = 16
ENOUGH_FOR_WIDTHS = 1.02
MIXING_MAY_COST = 1.1
CANDIDATES = 256


def few_sizes(values: np.ndarray, most: int, enough: float, needs: Callable[[int], int] = lambda size: 1) -> list[int]:
    """The sizes, ascending and at most `most`, to which rounding up `values` (integers from 1 on) adds least.

    Fewer where these already sum to at most `enough` times the values. At least `needs(size)` values are rounded up to
    each size, unless there are too few for a single one. Found by dynamic programming over the distinct values, every
    n-th of them where there are many.
    """
    distinct, counts = np.unique(values, return_counts=True)
    kept = np.arange(len(distinct) - 1, -1, -len(distinct) // CANDIDATES)[::-1]
    sizes = distinct[kept]
    through = np.r_[0, np.cumsum(counts)[kept]]
    held = through[1:, None] - through[None, :]  # [last, before]: values rounded up to size `last`
    allowed = held >= np.array([max(1, needs(int(size))) for size in sizes])[:, None]
    costs = np.where(allowed, held * sizes[:, None], np.inf)

    least = np.r_[0.0, np.full(len(sizes), np.inf)]  # [last + 1]: least sum with size `last` the highest so far
    choices: list[np.ndarray] = []
    chosen, best = [int(sizes[-1])], float(sizes[-1]) * len(values)
    for _ in range(min(most, len(sizes))):
        sums = costs + least[None, :]
        choices.append(sums.argmin(axis=1))
        least = np.r_[np.inf, sums.min(axis=1)]
        if least[-1] < best or len(choices) == 1:
            chosen, best = [int(sizes[last]) for last in _traced(choices)], least[-1]
        if best <= enough * values.sum():
            break
    return chosen


def _traced(choices: list[np.ndarray]) -> list[int]:
    """Indices of the sizes that the choices lead to, from the highest size back."""
    path = [len(choices[0]) - 1]
    for choice in reversed(choices[1:]):
        path.append(int(choice[path[-1]]) - 1)
    return path[::-1]


@dataclass(frozen=True)
class LengthClass:
    """Examples of similar length: `members` int64 (examples,); `rows` of them make a full batch of `width` tokens."""

    width: int
    rows: int
    members: np.ndarray


@dataclass(frozen=True)
class Layout:
    """How an epoch is cut into batches: the same numbers and shapes every epoch, other examples together.

    The shortest examples come first: one batch of `odd` rows of the first class (none where 0), chosen so that there
    are fewest batches, and then least padding. What does not fill a batch of its class goes up into the first batch of
    the next, or makes a smaller batch where the next class, or the end, has no single batch to take it.
    """

    classes: list[LengthClass]
    odd: int

    @classmethod
    def of(cls, lengths: np.ndarray, rows_at: Callable[[int], int]) -> Self:
        """`lengths` int64 (examples,) in tokens, at least one; `rows_at(width)` rows make a batch of this width.

        Every class has more examples than a batch, so that others meet every epoch, unless that would add more than a
        tenth to what is computed.
        """

        def enough_to_mix(width: int) -> int:
            return rows_at(width) + 1 if rows_at(width) > 1 else 1

        mixing = cls._least(lengths, rows_at, few_sizes(lengths, MOST_WIDTHS, ENOUGH_FOR_WIDTHS, enough_to_mix))
        free = cls._least(lengths, rows_at, few_sizes(lengths, MOST_WIDTHS, ENOUGH_FOR_WIDTHS))
        return mixing if mixing.padded_tokens <= MIXING_MAY_COST * free.padded_tokens else free

    @classmethod
    def _least(cls, lengths: np.ndarray, rows_at: Callable[[int], int], widths: list[int]) -> Self:
        number = np.searchsorted(widths, lengths)
        classes = [
            LengthClass(width, rows_at(width), np.flatnonzero(number == index)) for index, width in enumerate(widths)
        ]
        odd = range(min(classes[0].rows, len(classes[0].members) + 1))
        return min((cls(classes, rows) for rows in odd), key=lambda layout: (len(layout.shapes), layout.padded_tokens))

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(class, rows) of every batch of an epoch, from the shortest examples to the longest."""
        shapes = [(0, self.odd)] if self.odd else []
        left = -self.odd
        for index, (one, above) in enumerate(zip_longest(self.classes, self.classes[1:])):
            full, left = divmod(left + len(one.members), one.rows)
            shapes += [(index, one.rows)] * full
            if left > (above.rows if above else 0):
                shapes.append((index, left))
                left = 0
        return shapes

    @cached_property
    def padded_tokens(self) -> int:
        return sum(rows * self.classes[index].width for index, rows in self.shapes)

    def draw(self, random: np.random.Generator) -> list[np.ndarray]:
        """The examples of every batch, in the order of `shapes`."""
        order = np.concatenate([random.permutation(one.members) for one in self.classes])
        return np.split(order, np.cumsum([rows for _, rows in self.shapes])[:-1])

    def eligible(self, index: int) -> np.ndarray:
        """Examples that a batch of this class may hold: its own, and what the classes below may leave."""
        return np.concatenate([one.members for one in self.classes[: index + 1]])

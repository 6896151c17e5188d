"""What the bench can measure: a subject has parts, each of which gives figures and lines of a table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

Figures = dict[str, Any]
Line = tuple[str, str, str, str, str]
"""What is measured, ours, mlx-lm's, their ratio, and the aim."""

Sizes = TypeVar("Sizes")


@dataclass(frozen=True)
class Subject(Generic[Sizes]):
    """`common` gives what figures of different parts must share to stand in one file: `machine` and `settings`."""

    parts: Mapping[str, Callable[[Sizes, IO[str]], Figures]]
    lines: Mapping[str, Callable[[Figures], Iterator[Line]]]
    full: Sizes
    quick: Sizes
    common: Callable[[IO[str]], Figures]

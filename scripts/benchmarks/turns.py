"""Hands batches to a trainer's own loop as the bench asks for them, and takes the time of every step."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.benchmarks.jobs import Step


@dataclass(frozen=True)
class Work:
    """One batch in its side's own form; `tokens` are the real ones that carry loss, `shape` what is compiled for."""

    batch: Any
    tokens: int
    shape: tuple[int, ...]


class Turns:
    """An iterator of batches: one of each shape first, then as many as `asked` says at a time, until it ends.

    A step lasts from the request for its batch to the request for the next.
    """

    def __init__(
        self,
        first: Iterable[Work],
        rest: Iterator[Work],
        asked: Iterable[int],
        ready: Callable[[list[Step]], None],
        done: Callable[[list[Step]], None],
    ) -> None:
        self._first, self._rest, self._asked = first, rest, asked
        self._ready, self._done = ready, done

    def __iter__(self) -> Iterator[Any]:
        steps: list[Step] = []
        yield from _timed(iter(self._first), steps)
        self._ready(steps)
        for count in self._asked:
            steps = []
            yield from _timed((next(self._rest) for _ in range(count)), steps)
            self._done(steps)


def _timed(works: Iterator[Work], steps: list[Step]) -> Iterator[Any]:
    while True:
        began = time.perf_counter()
        work = next(works, None)
        if work is None:
            return
        yield work.batch
        steps.append(Step(seconds=time.perf_counter() - began, tokens=work.tokens))


def one_of_each_shape(works: Iterable[Work]) -> list[Work]:
    found: dict[tuple[int, ...], Work] = {}
    for work in works:
        found.setdefault(work.shape, work)
    return list(found.values())

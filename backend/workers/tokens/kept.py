"""Answers that are kept for the next time, the least recently used forgotten; and what a file's content hangs on."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
State = tuple[str, int, int]


class Kept(Generic[K, V]):
    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __getitem__(self, key: K) -> V:
        self._values[key] = self._values.pop(key)
        return self._values[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._values[key] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]

    def get(self, key: K, make: Callable[[], V]) -> V:
        if key not in self:
            self[key] = make()
        return self[key]


def state_of(file: Path) -> State:
    """What changes when a file's content does. Raises OSError where there is no such file."""
    state = file.stat()
    return str(file), state.st_mtime_ns, state.st_size

"""What a feature says of the jobs that it has: which worker does them, and what they need around them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

Settings = TypeVar("Settings", bound=BaseModel)


def _nothing() -> None:
    return None


def _leave(job_folder: Path) -> None:
    return None


@dataclass(frozen=True)
class JobKind(Generic[Settings]):
    """Jobs of one kind are done one at a time, by `worker`, a module that gets the job's folder as its argument.

    A worker may be ended at any moment and started again on the same folder: what it has done it finds there.
    `waits_for` says in words why no job can start now, None when one can; `make_room` is awaited before one starts.
    `tidy` gets the folder of a job that will not go on, before it is given its end, and removes what it left elsewhere.
    """

    name: str
    worker: str
    settings: type[Settings]
    make_room: Callable[[Settings], Awaitable[None]]
    waits_for: Callable[[], str | None] = _nothing
    tidy: Callable[[Path], None] = _leave

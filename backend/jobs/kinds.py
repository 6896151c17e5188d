"""What a feature says of the jobs that it has: which worker does them, and what they need around them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

Settings = TypeVar("Settings", bound=BaseModel)


def _nothing() -> None:
    return None


def _leave(job_id: str) -> None:
    return None


@dataclass(frozen=True)
class JobKind(Generic[Settings]):
    """Jobs of one kind are done one at a time, by `worker`, a module that gets the job's folder as its argument.

    A worker may be ended at any moment and started again on the same folder: what it has done it finds there.
    `waits_for` says in words why no job can start now, None when one can; `make_room` is awaited before one starts.
    `can_pause` lets people put one aside, and resume it, also after a failure. `discard` removes what an unfinished
    job, given by its id, keeps outside its folder, once nobody can resume it. `online` workers may use the network.
    """

    name: str
    worker: str
    settings: type[Settings]
    make_room: Callable[[Settings], Awaitable[None]]
    waits_for: Callable[[], str | None] = _nothing
    can_pause: bool = False
    discard: Callable[[str], None] = _leave
    online: bool = False

"""Keeps the queue moving: gives one session after the other to the supervisor. Knows ids, not what sessions say."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from backend.training.queue import RunQueue
from backend.training.store import SessionStore
from backend.training.supervisor import Supervisor

POLL_SECONDS = 0.05


class Dispatcher:
    def __init__(self, store: SessionStore, make_room: Callable[[], Awaitable[None]]) -> None:
        self.queue = RunQueue(store.root)
        self.supervisor = Supervisor(store, make_room)
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        return self._work is not None

    def start(self, waiting: Sequence[str], left: Sequence[str]) -> None:
        """Begin with the sessions that an earlier server `left` at work, then let those that wait go one by one."""
        self.queue.load(waiting)
        self._work = asyncio.create_task(self._go_through(left))

    def add(self, session_id: str, first: bool = False) -> None:
        if first:
            self.queue.add_first(session_id)
        else:
            self.queue.add(session_id)
        self._changed.set()

    async def until_left(self, session_id: str) -> None:
        """A worker that has reported its end takes a moment to go."""
        while self.supervisor.running == session_id:
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Nothing more is started; what runs has yet to be stopped."""
        self.supervisor.closing = True

    async def end(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def _go_through(self, left: Sequence[str]) -> None:
        for session_id in left:
            await self.supervisor.adopt(session_id)
        while True:
            while self.queue and not self.supervisor.closing:
                await self.supervisor.run(self.queue.take())
            self._changed.clear()
            await self._changed.wait()

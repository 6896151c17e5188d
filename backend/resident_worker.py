"""Talks with a worker that stays: one JSON line a request, one or several a reply. Knows no MLX and no methods.

A request is `{"id": n, "method": ..., "params": {...}}`; replies are `{"id": n, "event": {...}}`, any number of them,
and then `{"id": n, "result": {...}}` or `{"id": n, "error": {...}}`. `{"cancel": n}` gives a request up.
"""

import asyncio
import contextlib
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import AppError, WorkerFailed
from backend.process import explain_exit, is_dead, worker_environment
from backend.settings import REPOSITORY

logger = logging.getLogger(__name__)

LINE_LIMIT_BYTES = 256 * 1024 * 1024
LOG_LIMIT_BYTES = 4 * 1024 * 1024
CLOSE_SECONDS = 2.0

Content = dict[str, Any]
Join = Callable[[Content, Content], Content | None]


@dataclass(frozen=True)
class Event:
    """Something that a call reports before its result."""

    content: Content


@dataclass(frozen=True)
class Result:
    """What a call was for; nothing comes after it."""

    content: Content


def _never(earlier: Content, later: Content) -> Content | None:
    return None


def _nothing() -> None:
    pass


class Call:
    """A request that the worker has: `async for` gives its events as they come, and its result.

    Events that nobody has taken yet become one where `join` gives one of them, so that who reads slowly holds little
    memory. `ended` is called once, when the worker owes nothing more.
    """

    def __init__(self, cancel: Callable[[], None], join: Join, ended: Callable[[], None]) -> None:
        self._cancel = cancel
        self._join = join
        self._ended = ended
        self._replies: deque[Event | Result] = deque()
        self._error: AppError | None = None
        self._news = asyncio.Event()
        self._complete = False

    async def __aiter__(self) -> AsyncIterator[Event | Result]:
        """Raises the worker's own AppError, or WorkerFailed when it dies before the result."""
        while True:
            await self._news.wait()
            while self._replies:
                reply = self._replies.popleft()
                yield reply
                if isinstance(reply, Result):
                    return
            if self._error is not None:
                raise self._error
            self._news.clear()

    def cancel(self) -> None:
        """Ask the worker to give the request up; its result still comes, and says how far it got."""
        if not self._complete:
            self._cancel()

    def forget(self) -> None:
        """Nobody listens any more."""
        self._end()

    def receive(self, message: Content) -> None:
        if "event" in message:
            self._receive_event(message["event"])
        elif "error" in message:
            self.fail(AppError.from_message(message["error"]))
        else:
            self._replies.append(Result(message["result"]))
            self._end()
        self._news.set()

    def fail(self, error: AppError) -> None:
        if not self._complete:
            self._error = error
            self._end()
            self._news.set()

    def _receive_event(self, content: Content) -> None:
        if self._replies and (joined := self._join(self._replies[-1].content, content)) is not None:
            self._replies[-1] = Event(joined)
        else:
            self._replies.append(Event(content))

    def _end(self) -> None:
        if not self._complete:
            self._complete = True
            self._ended()


class ResidentWorker:
    """A worker that stays and ends when its stdin closes. It may have many calls at once.

    It is started by the first call, and again by the next call after it died. `last_end` says in words how it died,
    None while it lives.
    """

    def __init__(self, module: str, log: Path) -> None:
        self.module = module
        self.log = log
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._calls: dict[int, Call] = {}
        self._starting = asyncio.Lock()
        self._last_id = 0
        self.last_end: str | None = None

    async def call(self, method: str, params: Content) -> Content:
        """The result alone. Raises the worker's own AppError, or WorkerFailed when it dies before it answers.

        A caller that goes away leaves the worker at it.
        """
        call = await self._begin(method, params, _never, _nothing)
        try:
            async for reply in call:
                if isinstance(reply, Result):
                    return reply.content
            raise AssertionError("a call ends with its result or an error")
        finally:
            call.forget()

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, params: Content, join: Join = _never, ended: Callable[[], None] = _nothing
    ) -> AsyncIterator[Call]:
        """A call whose events are wanted too. Leaving it before its result cancels it, and waits for nothing."""
        call = await self._begin(method, params, join, ended)
        try:
            yield call
        finally:
            call.cancel()
            call.forget()

    async def start(self) -> None:
        """Begin to start, so that the first call waits less."""
        await self._running()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def is_alive(self) -> bool:
        return self.pid is not None and not is_dead(self.pid)

    async def close(self, reason: str = "The program that would answer is ending.") -> None:
        """End the worker. Whoever still waits for it gets `reason`, a sentence."""
        async with self._starting:
            process, self._process = self._process, None
            calls, self._calls = self._calls, {}
        for call in list(calls.values()):
            call.fail(WorkerFailed(reason))
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), CLOSE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _begin(self, method: str, params: Content, join: Join, ended: Callable[[], None]) -> Call:
        process = await self._running()
        self._last_id += 1
        identifier, calls = self._last_id, self._calls

        def end() -> None:
            calls.pop(identifier, None)
            ended()

        call = calls[identifier] = Call(lambda: _write(process, {"cancel": identifier}), join, end)
        _write(process, {"id": identifier, "method": method, "params": params})
        assert process.stdin is not None
        try:
            with contextlib.suppress(ConnectionError):  # it has died: the reader says of what
                await process.stdin.drain()
        except asyncio.CancelledError:
            call.cancel()
            call.forget()
            raise
        return call

    async def _running(self) -> Process:
        async with self._starting:
            if self._process is None or not self.is_alive:
                self._process = await self._start()
                self._calls = {}
                self.last_end = None
                self._reader = asyncio.create_task(self._read(self._process, self._calls))
            return self._process

    async def _start(self) -> Process:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        too_long = self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES
        with self.log.open("wb" if too_long else "ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                env=worker_environment(),
                start_new_session=True,
                limit=LINE_LIMIT_BYTES,
            )

    async def _read(self, process: Process, calls: dict[int, Call]) -> None:
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                message = json.loads(line)
                if (call := calls.get(message["id"])) is not None:
                    call.receive(message)
        except (ValueError, KeyError):
            logger.exception("%s wrote what is no reply", self.module)
            process.kill()
        self.last_end = explain_exit(await process.wait())
        for call in list(calls.values()):
            call.fail(WorkerFailed(f"{self.last_end} Try again; the log is {self.log}."))


def _write(process: Process, message: Content) -> None:
    """To a worker that has died the line is lost."""
    assert process.stdin is not None
    if not process.stdin.is_closing():
        process.stdin.write(json.dumps(message).encode() + b"\n")

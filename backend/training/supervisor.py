"""Sees one session after the other through: starts or adopts its worker, stops it, makes sure that it gets an end.

Knows processes and the session store, not the queue and not what workers do.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

from backend.errors import AppError
from backend.process import WorkerProcess, explain_exit
from backend.training import fold
from backend.training.events import Finished, Outcome, Spawned, Train, stopped_on_request
from backend.training.store import LOG, SessionStore

logger = logging.getLogger(__name__)

WORKER = "backend.workers.train"
FIRST_STEP_GRACE_SECONDS = 600.0
SAVE_GRACE_SECONDS = 60.0
GRACE_STEPS = 5
RETRY_SECONDS = 2.0

OVERDUE = "It did not end in time after it was asked to stop, and was killed; its last checkpoint is kept."


class Supervisor:
    """`make_room` is awaited before a worker starts. `closing` is set when the server ends: nothing waits then."""

    def __init__(self, store: SessionStore, make_room: Callable[[], Awaitable[None]]) -> None:
        self.running: str | None = None
        self.asked_to_stop = False
        self.closing = False
        self._store = store
        self._make_room = make_room
        self._worker: WorkerProcess | None = None
        self._overdue = False

    async def run(self, session_id: str) -> None:
        """Start a waiting session's worker and return when the session has ended."""
        await self._see_through(session_id, self._spawn)

    async def adopt(self, session_id: str) -> None:
        """Take over the worker that an earlier server started, if it lives, and return when the session has ended."""
        await self._see_through(session_id, self._adopt)

    def stop(self) -> None:
        """Ask the running worker to end its step and save; insist once that must have happened."""
        if not self.asked_to_stop:
            self.asked_to_stop = True
            self._terminate()

    async def _see_through(self, session_id: str, obtain: Callable[[str], Awaitable[WorkerProcess | None]]) -> None:
        self.running, self.asked_to_stop, self._overdue = session_id, False, False
        try:
            outcome, reason = await self._watch(session_id, obtain)
            await self._make_sure_it_finished(session_id, outcome, reason)
        except AppError as error:
            logger.error("Session %s cannot go on: %s", session_id, error.detail)
        except Exception:
            logger.exception("Session %s cannot go on", session_id)
        finally:
            self._worker = self.running = None

    async def _watch(
        self, session_id: str, obtain: Callable[[str], Awaitable[WorkerProcess | None]]
    ) -> tuple[Outcome, str]:
        """How the session ended if its worker does not say so itself."""
        try:
            self._worker = await obtain(session_id)
        except OSError as error:
            return "failed", f"The worker could not be started: {error.strerror or error}."
        if self.asked_to_stop:
            self._terminate()
        exit_code = await self._worker.wait() if self._worker else None
        if self._overdue:
            return "stopped", OVERDUE
        if self.asked_to_stop and (self._worker is None or exit_code == -signal.SIGTERM):
            return "stopped", stopped_on_request(0)
        return "failed", explain_exit(exit_code)

    async def _spawn(self, session_id: str) -> WorkerProcess | None:
        await self._make_room()
        if self.asked_to_stop:
            return None
        folder = self._store.folder(session_id)
        worker = WorkerProcess.spawn(WORKER, str(folder), log=folder / LOG)
        try:
            self._store.append(session_id, Spawned(pid=worker.pid, process_started=worker.started))
        except OSError:
            worker.kill()
            await worker.wait()
            raise
        worker.release()
        return worker

    async def _adopt(self, session_id: str) -> WorkerProcess | None:
        spawned = [event for event in self._store.events(session_id) if isinstance(event, Spawned)]
        return WorkerProcess.adopt(spawned[-1].pid, spawned[-1].process_started) if spawned else None

    async def _make_sure_it_finished(self, session_id: str, outcome: Outcome, reason: str) -> None:
        """A full disk is waited for, unless the server ends: the next one then writes the end."""
        while self._store.exists(session_id) and not fold.ended(session := self._store.get(session_id)):
            try:
                self._store.append(session_id, Finished(outcome=outcome, reason=reason, iteration=session.iteration))
            except OSError as error:
                logger.error("Session %s ended, but that cannot be written: %s", session_id, error)
                if self.closing:
                    return
                await asyncio.sleep(RETRY_SECONDS)

    def _terminate(self) -> None:
        if self._worker is not None and self.running is not None:
            self._worker.terminate()
            asyncio.get_running_loop().call_later(self._grace_seconds(self.running), self._insist, self._worker)

    def _insist(self, worker: WorkerProcess) -> None:
        if worker.is_alive():
            self._overdue = True
            worker.kill()

    def _grace_seconds(self, session_id: str) -> float:
        """The time of a few steps and a save; before the first report nobody knows how long a step takes."""
        rates = [event.iterations_per_second for event in self._store.events(session_id) if isinstance(event, Train)]
        if not rates or rates[-1] <= 0:
            return FIRST_STEP_GRACE_SECONDS
        return SAVE_GRACE_SECONDS + GRACE_STEPS / rates[-1]

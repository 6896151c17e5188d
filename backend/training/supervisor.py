"""Sees one session after the other through: starts or adopts its worker, stops or pauses it, makes sure of its end.

Knows processes and the session store, not the queue and not what workers do.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Literal

from backend.errors import AppError
from backend.event_log import Event
from backend.process import WorkerProcess, explain_exit
from backend.training import fold
from backend.training.continuation import advice
from backend.training.events import Finished, Paused, Spawned, Train, stopped_on_request
from backend.training.resume import saved_iteration
from backend.training.schemas import Session
from backend.training.store import LOG, SessionStore

logger = logging.getLogger(__name__)

WORKER = "backend.workers.train"
FIRST_STEP_GRACE_SECONDS = 600.0
SAVE_GRACE_SECONDS = 60.0
GRACE_STEPS = 5
RETRY_SECONDS = 2.0

OVERDUE = "It did not end in time after it was asked to, and was killed; what it had saved is kept."

Request = Literal["stop", "pause"]
SIGNALS: dict[Request, signal.Signals] = {"stop": signal.SIGTERM, "pause": signal.SIGUSR1}


class Supervisor:
    """`make_room` is awaited before a worker starts. `closing` is set when the server ends: nothing waits then."""

    def __init__(self, store: SessionStore, make_room: Callable[[], Awaitable[None]]) -> None:
        self.running: str | None = None
        self.asked_to: Request | None = None
        self.closing = False
        self._store = store
        self._make_room = make_room
        self._worker: WorkerProcess | None = None
        self._overdue = False

    async def run(self, session_id: str) -> None:
        """Start a waiting session's worker and return when the session has come to rest."""
        await self._see_through(session_id, self._spawn)

    async def adopt(self, session_id: str) -> None:
        """Take over the worker that an earlier server started, if it lives, and return when the session is at rest."""
        await self._see_through(session_id, self._adopt)

    def stop(self) -> None:
        """Ask the running worker to end its step and save; insist once that must have happened."""
        if self.asked_to != "stop":
            self.asked_to = "stop"
            self._ask()

    def pause(self) -> None:
        """The same, for a session that shall go on later. A stop that was asked for before is not taken back."""
        if self.asked_to is None:
            self.asked_to = "pause"
            self._ask()

    async def _see_through(self, session_id: str, obtain: Callable[[str], Awaitable[WorkerProcess | None]]) -> None:
        self.running, self.asked_to, self._overdue = session_id, None, False
        try:
            end = await self._watch(session_id, obtain)
            await self._make_sure_it_rests(session_id, end)
        except Exception:
            logger.exception("Session %s cannot be given its end", session_id)
        finally:
            self._worker = self.running = self.asked_to = None

    async def _watch(
        self, session_id: str, obtain: Callable[[str], Awaitable[WorkerProcess | None]]
    ) -> Callable[[Session], Event]:
        """How the session came to rest if its worker does not say so itself."""
        try:
            self._worker = await obtain(session_id)
            if self.asked_to is not None:
                self._ask()
            exit_code = await self._worker.wait() if self._worker else None
        except OSError as error:
            return self._failed(f"The worker could not be started: {error.strerror or error}.")
        except Exception as error:
            logger.exception("Session %s cannot go on", session_id)
            await self._give_up()
            return self._failed(f"The run could not be looked after: {_sentence(error)}")
        if self._overdue:
            return lambda session: self._finished(session, "stopped", OVERDUE)
        asked_to = self.asked_to
        if asked_to and (self._worker is None or exit_code == -SIGNALS[asked_to]):
            return self._paused if asked_to == "pause" else self._stopped
        return self._failed(explain_exit(exit_code))

    async def _spawn(self, session_id: str) -> WorkerProcess | None:
        await self._make_room()
        if self.asked_to is not None:
            return None
        folder = self._store.folder(session_id)
        return await WorkerProcess.begin(
            WORKER,
            str(folder),
            log=folder / LOG,
            record=lambda it: self._store.append(session_id, Spawned(pid=it.pid, process_started=it.started)),
        )

    async def _adopt(self, session_id: str) -> WorkerProcess | None:
        spawned = [event for event in self._store.events(session_id) if isinstance(event, Spawned)]
        return WorkerProcess.adopt(spawned[-1].pid, spawned[-1].process_started) if spawned else None

    async def _make_sure_it_rests(self, session_id: str, end: Callable[[Session], Event]) -> None:
        """A full disk is waited for, unless the server ends: the next one then writes the end.

        A worker that was asked to stop once it had paused has not heard that.
        """
        while self._store.exists(session_id):
            session = self._store.get(session_id)
            unheard = session.state == "paused" and self.asked_to == "stop"
            if fold.at_rest(session) and not unheard:
                return
            try:
                self._store.append(session_id, self._stopped(session) if unheard else end(session))
            except OSError as error:
                logger.error("Session %s ended, but that cannot be written: %s", session_id, error)
                if self.closing:
                    return
                await asyncio.sleep(RETRY_SECONDS)

    def _failed(self, reason: str) -> Callable[[Session], Event]:
        return lambda session: self._finished(session, "failed", reason)

    def _finished(self, session: Session, outcome: Literal["stopped", "failed"], reason: str) -> Finished:
        """With what is there to go on from; where nothing is, with the step that was reported last."""
        folder = self._store.folder(session.id)
        iteration = saved_iteration(folder) or session.iteration
        return Finished(outcome=outcome, reason=reason + advice(folder), iteration=iteration)

    def _paused(self, session: Session) -> Paused:
        return Paused(iteration=saved_iteration(self._store.folder(session.id)))

    def _stopped(self, session: Session) -> Finished:
        iteration = saved_iteration(self._store.folder(session.id))
        return Finished(outcome="stopped", reason=stopped_on_request(iteration), iteration=iteration)

    def _ask(self) -> None:
        if self._worker is None or self.running is None or self.asked_to is None:
            return
        if self.asked_to == "pause":
            self._worker.pause()
        else:
            self._worker.terminate()
        asyncio.get_running_loop().call_later(self._grace_seconds(self.running), self._insist, self._worker)

    def _insist(self, worker: WorkerProcess) -> None:
        if worker.is_alive():
            self._overdue = True
            worker.kill()

    async def _give_up(self) -> None:
        """No worker goes on that nobody looks after."""
        if self._worker is not None:
            self._worker.kill()
            await self._worker.wait()

    def _grace_seconds(self, session_id: str) -> float:
        """The time of a few steps and a save; before the first report nobody knows how long a step takes."""
        rates = [event.iterations_per_second for event in self._store.events(session_id) if isinstance(event, Train)]
        if not rates or rates[-1] <= 0:
            return FIRST_STEP_GRACE_SECONDS
        return SAVE_GRACE_SECONDS + GRACE_STEPS / rates[-1]


def _sentence(error: Exception) -> str:
    return (
        error.detail if isinstance(error, AppError) else f"{type(error).__name__}: {error}. The server's log says more."
    )

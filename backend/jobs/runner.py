"""Sees the jobs of one kind through, one after another: starts or adopts a worker, ends it, makes sure of its end.

Knows processes and the store, not what workers do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from backend.errors import AppError, Unforeseen
from backend.event_log import Event
from backend.jobs import fold
from backend.jobs.events import JobFinished, JobPaused, JobQueued, JobSpawned
from backend.jobs.kinds import JobKind
from backend.jobs.store import LOG, JobStore
from backend.process import WorkerProcess, explain_exit

logger = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
POLL_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 0.5
RETRY_SECONDS = 2.0

CANCELLED = "Cancelled on request."
TAKEN_OUT = "Cancelled before it started."

Request = Literal["cancel", "pause", "step_aside"]
Obtain = Callable[[str], Awaitable[WorkerProcess | None]]


class JobRunner:
    def __init__(self, store: JobStore, kind: JobKind[Any], grace_seconds: float = GRACE_SECONDS) -> None:
        self.kind = kind
        self.running: str | None = None
        self._store = store
        self._grace_seconds = grace_seconds
        self._waiting: list[str] = []
        self._worker: WorkerProcess | None = None
        self._asked_to: Request | None = None
        self._aside_because = ""
        self._closing = False
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def start(self, waiting: Sequence[str], left: Sequence[str]) -> None:
        """Begin with the jobs that an earlier server `left` at work, then let those that wait go one by one."""
        self._waiting = [*waiting, *self._waiting]
        self._work = asyncio.create_task(self._go_through(left))

    def add(self, job_id: str) -> None:
        self._waiting.append(job_id)
        self._changed.set()

    def cancel(self, job_id: str) -> None:
        """End a job that runs or waits; what it has done stays in its folder."""
        if job_id == self.running:
            self._ask("cancel")
        else:
            waited = self._take_out(job_id)
            self._store.append(job_id, JobFinished(outcome="cancelled", reason=TAKEN_OUT if waited else CANCELLED))
            self.kind.discard(job_id)

    def pause(self, job_id: str) -> None:
        """Put a job that runs or waits aside, until somebody resumes it."""
        if job_id == self.running:
            self._ask("pause")
        else:
            self._take_out(job_id)
            self._store.append(job_id, JobPaused())

    def cancelling(self, job_id: str) -> bool:
        return job_id == self.running and self._asked_to == "cancel"

    def asked(self, job_id: str) -> bool:
        """Whether a job that runs is ending, for any reason."""
        return job_id == self.running and self._asked_to is not None

    def waits_for(self, job_id: str) -> str | None:
        """What a waiting job waits for, in words; None when it is next and nothing is in the way."""
        waiting = list(self._waiting)  # routes ask from threads, and it changes meanwhile
        if job_id not in waiting:
            return None
        ahead = waiting.index(job_id) + (self.running is not None)
        if ahead:
            return f"Waits for {ahead} {'job' if ahead == 1 else 'jobs'} of the same kind."
        return self.kind.waits_for()

    async def step_aside(self, because: str) -> None:
        """End the worker that runs, if any, and put its job first in line again; return when the worker is gone."""
        if self.running is None:
            return
        job_id, self._aside_because = self.running, because
        self._ask("step_aside")
        while self.running == job_id:
            await asyncio.sleep(POLL_SECONDS)

    async def until_gone(self, job_id: str) -> None:
        """Return when the worker of a job that has ended, or is ending, is gone; at once for one that goes on."""
        while self.running == job_id and (self.asked(job_id) or fold.at_rest(self._store.get(job_id))):
            await asyncio.sleep(POLL_SECONDS)

    async def close(self) -> None:
        """What runs goes on with the next server."""
        self._closing = True
        await self.step_aside("Goes on where it was, when the server is there again.")
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def _go_through(self, left: Sequence[str]) -> None:
        for job_id in left:
            await self._see_through(job_id, self._adopt)
        while True:
            while self._waiting and not self._closing:
                if self.kind.waits_for() is not None:
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
                else:
                    await self._see_through(self._waiting.pop(0), self._spawn)
            self._changed.clear()
            await self._changed.wait()

    async def _see_through(self, job_id: str, obtain: Obtain) -> None:
        self.running, self._asked_to = job_id, None
        try:
            end = await self._watch(job_id, obtain)
            if isinstance(end, JobFinished) and not self.kind.can_pause:
                await asyncio.to_thread(self.kind.discard, job_id)
            await self._make_sure_it_rests(job_id, end)
        except Exception:
            logger.exception("Job %s cannot be given its end", job_id)
        finally:
            self._worker = self.running = self._asked_to = None

    async def _watch(self, job_id: str, obtain: Obtain) -> Event:
        """How the job came to rest, if its worker did not say so itself."""
        try:
            self._worker = await obtain(job_id)
            if self._asked_to is not None:
                self._end_worker()
            exit_code = await self._worker.wait() if self._worker else None
        except AppError as error:
            return JobFinished(outcome="failed", reason=error.detail)
        except OSError as error:
            return JobFinished(outcome="failed", reason=f"The worker could not be started: {error.strerror or error}.")
        except Exception as error:
            logger.exception("Job %s cannot be started", job_id)
            return JobFinished(outcome="failed", reason=Unforeseen(error).detail)
        match self._asked_to:
            case "cancel":
                return JobFinished(outcome="cancelled", reason=CANCELLED)
            case "pause":
                return JobPaused()
            case "step_aside":
                return JobQueued(reason=self._aside_because)
            case None:
                return JobFinished(outcome="failed", reason=explain_exit(exit_code))

    async def _spawn(self, job_id: str) -> WorkerProcess | None:
        settings = self.kind.settings.model_validate(self._store.record(job_id).settings)
        await self.kind.make_room(settings)
        if self._asked_to is not None:
            return None
        folder = self._store.folder(job_id)
        return await WorkerProcess.begin(
            self.kind.worker,
            str(folder),
            log=folder / LOG,
            online=self.kind.online,
            record=lambda it: self._store.append(job_id, JobSpawned(pid=it.pid, process_started=it.started)),
        )

    async def _adopt(self, job_id: str) -> WorkerProcess | None:
        spawned = [event for event in self._store.events(job_id) if isinstance(event, JobSpawned)]
        return WorkerProcess.adopt(spawned[-1].pid, spawned[-1].process_started) if spawned else None

    async def _make_sure_it_rests(self, job_id: str, end: Event) -> None:
        """A full disk is waited for, unless the server ends: the next one then writes the end."""
        while self._store.exists(job_id) and not fold.ended(self._store.get(job_id)):
            try:
                self._store.append(job_id, end)
            except OSError as error:
                logger.error("Job %s ended, but that cannot be written: %s", job_id, error)
                if self._closing:
                    return
                await asyncio.sleep(RETRY_SECONDS)
                continue
            match end:
                case JobQueued():
                    self._waiting.insert(0, job_id)
                case JobFinished(outcome="cancelled"):
                    self.kind.discard(job_id)
            return

    def _take_out(self, job_id: str) -> bool:
        """Of those that wait, where it is one of them."""
        if job_id not in self._waiting:
            return False
        self._waiting.remove(job_id)
        return True

    def _ask(self, request: Request) -> None:
        """A job that is being cancelled does not come back, and one that is being paused not by itself."""
        if self._asked_to is None or (self._asked_to != "cancel" and request != "step_aside"):
            self._asked_to = request
            self._end_worker()

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.terminate()
            asyncio.get_running_loop().call_later(self._grace_seconds, self._worker.kill)

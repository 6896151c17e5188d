"""Queues training runs, starts one at a time, stops and adopts them. Knows sessions and processes, not MLX."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from backend.adapters.library import AdapterLibrary
from backend.datasets.library import DatasetLibrary
from backend.errors import AppError, Conflict
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import ConfigWarning
from backend.process import WorkerProcess, explain_exit
from backend.settings import Settings, claim_home
from backend.training import fold
from backend.training.config import TrainingConfig
from backend.training.events import Finished, Outcome, Spawned
from backend.training.planner import Planner
from backend.training.schemas import (
    Session,
    SessionDetail,
    SessionState,
    TrainingEstimate,
    TrainingStatus,
)
from backend.training.store import LOG, SessionStore

logger = logging.getLogger(__name__)

WORKER = "backend.workers.train"
STOP_GRACE_SECONDS = 60.0
GRACE_STEPS = 5
RETRY_SECONDS = 2.0


class SessionBusy(Conflict):
    code = "session_busy"


async def _nothing() -> None:
    pass


class TrainingManager:
    """`make_room` is awaited before a worker starts, so that others can give their memory back."""

    def __init__(
        self,
        settings: Settings | None = None,
        models: ModelLibrary | None = None,
        datasets: DatasetLibrary | None = None,
        adapters: AdapterLibrary | None = None,
        inspector: Inspector | None = None,
        make_room: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self.settings = settings or Settings()
        self.inspector = inspector or Inspector(self.settings.logs / "inspector.log")
        self.planner = Planner(
            self.settings,
            models or ModelLibrary(self.settings),
            datasets or DatasetLibrary(self.settings),
            self.inspector,
        )
        self.adapters = adapters or AdapterLibrary(self.settings)
        self.store = SessionStore(self.settings.sessions)
        self._make_room = make_room
        self._queue: list[str] = []
        self._running: str | None = None
        self._worker: WorkerProcess | None = None
        self._stopping: set[str] = set()
        self._overdue: set[str] = set()
        self._starting = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    # What people ask for

    def validate_lora_config(self, config: TrainingConfig) -> list[ConfigWarning]:
        """Raises AppError 400 with what is wrong and what would be right; returns, and logs, what is unusual."""
        return self.planner.validate(config)

    async def estimate(self, config: TrainingConfig) -> TrainingEstimate:
        return await self.planner.estimate(config)

    async def start_training(self, config: TrainingConfig) -> SessionDetail:
        """Check everything, then queue a session; it starts at once when nothing else trains. Raises AppError."""
        self.start()
        plan = await self.planner.plan(config)
        async with self._starting:
            plan = self.planner.with_adapter_name(plan, {session.adapter_name for session in self._busy()})
            session_id = self.store.create(plan)
            self._queue.append(session_id)
        self._changed.set()
        return self.detail(session_id)

    async def stop_training(self) -> None:
        """Stop the running session, keep its adapter, and return when it has ended."""
        session_id = self._running
        if session_id is None:
            raise Conflict("Nothing is training.", code="not_running")
        self.stop(session_id)
        while self._running == session_id:
            await asyncio.sleep(0.05)

    def stop(self, session_id: str) -> SessionDetail:
        """Ask the running session to end its step and save, or take a waiting one out of the queue."""
        session = self.store.get(session_id)
        if session_id == self._running:
            self._ask_to_stop(session_id)
        elif session_id in self._queue:
            self._queue.remove(session_id)
            reason = "Taken out of the queue before it started."
            self.store.append(session_id, Finished(outcome="stopped", reason=reason, iteration=0))
        else:
            raise SessionBusy(f"Session {session_id} has ended already ({session.state}).", code="session_ended")
        return self.detail(session_id)

    def delete(self, session_id: str, with_adapter: bool = False) -> None:
        """The adapter goes too if asked for, unless a later run has put another in its place."""
        if not fold.ended(self.store.get(session_id)):
            raise SessionBusy(f"Session {session_id} waits or trains; stop it first.")
        name = self.store.get(session_id).adapter_name
        self.store.delete(session_id)
        if with_adapter and self.adapters.session_of(name) == session_id:
            self.adapters.delete(name)

    # What is the case

    @property
    def current_session_id(self) -> str | None:
        return self._running

    @property
    def training_state(self) -> SessionState | Literal["idle"]:
        running = self.status().running
        return running.state if running else "idle"

    def status(self) -> TrainingStatus:
        sessions = self._busy()
        return TrainingStatus(
            running=next((self._marked(session) for session in sessions if session.id == self._running), None),
            queue=[session for session in sessions if session.id in self._queue],
        )

    def sessions(self) -> list[Session]:
        return [self._marked(session) for session in self.store.sessions()]

    def detail(self, session_id: str) -> SessionDetail:
        plan = self.store.plan(session_id)
        position = self._queue.index(session_id) + 1 if session_id in self._queue else None
        return SessionDetail(
            **self._marked(self.store.get(session_id)).model_dump(),
            config=plan.config,
            queue_position=position,
            adapter_exists=(self.settings.adapters / plan.config.adapter_name / "adapter_config.json").is_file(),
        )

    def adapter_in_use(self, name: str) -> str | None:
        """The session that will write the adapter `name`, if one waits or trains."""
        return next((session.id for session in self._busy() if session.adapter_name == name), None)

    # The life of the manager

    def start(self, address: str | None = None) -> None:
        """Claim the home, take up what an earlier server left, and keep the queue moving. Raises HomeTaken."""
        if self._loop is not None:
            return
        claim_home(self.settings, address)
        unfinished = self.store.unfinished()
        self._queue = [session.id for session in unfinished if session.state == "queued"]
        left = [session.id for session in unfinished if session.state != "queued"]
        self._loop = asyncio.create_task(self._work(left))

    async def close(self) -> None:
        """Stop what trains, keep its adapter, leave the queue for the next server."""
        if self._running is not None:
            queue, self._queue = self._queue, []
            await self.stop_training()
            self._queue = queue
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self.inspector.close()

    async def _work(self, left: list[str]) -> None:
        for session_id in left:
            await self._see_through(session_id, self._adopt)
        while True:
            while self._queue:
                await self._see_through(self._queue.pop(0), self._spawn)
            self._changed.clear()
            await self._changed.wait()

    async def _see_through(self, session_id: str, obtain: Callable[[str], Awaitable[WorkerProcess | None]]) -> None:
        """One session, from its worker to its `finished` event, whatever happens to the worker or to the folder."""
        self._running = session_id
        try:
            self._worker = await obtain(session_id)
            if session_id in self._stopping and self._worker:
                self._worker.terminate()
            exit_code = await self._worker.wait() if self._worker else None
            await self._make_sure_it_finished(session_id, explain_exit(exit_code))
        except OSError as error:
            await self._make_sure_it_finished(session_id, f"The worker could not be started: {error}")
        except AppError as error:
            logger.error("Session %s cannot go on: %s", session_id, error.detail)
        finally:
            self._worker = self._running = None
            self._stopping.discard(session_id)
            self._overdue.discard(session_id)

    async def _spawn(self, session_id: str) -> WorkerProcess:
        await self._make_room()
        folder = self.store.folder(session_id)
        worker = WorkerProcess.spawn(WORKER, str(folder), log=folder / LOG)
        self.store.append(session_id, Spawned(pid=worker.pid, process_started=worker.started))
        return worker

    async def _adopt(self, session_id: str) -> WorkerProcess | None:
        spawned = [event for event in self.store.events(session_id) if isinstance(event, Spawned)]
        return WorkerProcess.adopt(spawned[-1].pid, spawned[-1].process_started) if spawned else None

    async def _make_sure_it_finished(self, session_id: str, reason: str) -> None:
        """A worker that died silently still ends its session with a reason, also once a full disk has room again."""
        outcome: Outcome = "failed"
        if session_id in self._overdue:
            outcome = "stopped"
            reason = "It did not end in time after it was asked to stop, and was killed; its last checkpoint is kept."
        while self.store.exists(session_id) and not fold.ended(session := self.store.get(session_id)):
            try:
                self.store.append(session_id, Finished(outcome=outcome, reason=reason, iteration=session.iteration))
            except OSError as error:
                logger.error("Session %s ended, but that cannot be written: %s", session_id, error)
                await asyncio.sleep(RETRY_SECONDS)

    def _ask_to_stop(self, session_id: str) -> None:
        if session_id in self._stopping:
            return
        self._stopping.add(session_id)
        if self._worker is not None:
            self._worker.terminate()
            grace = STOP_GRACE_SECONDS + GRACE_STEPS * self._step_seconds(session_id)
            asyncio.get_running_loop().call_later(grace, self._kill, session_id, self._worker)

    def _kill(self, session_id: str, worker: WorkerProcess) -> None:
        if worker.is_alive():
            self._overdue.add(session_id)
            worker.kill()

    def _step_seconds(self, session_id: str) -> float:
        rates = [event.iterations_per_second for event in self.store.events(session_id) if event.type == "train"]
        return 1 / rates[-1] if rates and rates[-1] > 0 else 0.0

    def _busy(self) -> list[Session]:
        """What trains and what waits; a session that has reported its end is neither, even if its worker still goes."""
        sessions = [self.store.get(each) for each in [self._running, *self._queue] if each and self.store.exists(each)]
        return [session for session in sessions if not fold.ended(session)]

    def _marked(self, session: Session) -> Session:
        session.stopping = session.id in self._stopping
        return session

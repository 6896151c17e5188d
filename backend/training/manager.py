"""Queues training runs and answers for them: start, stop, delete, state. Workers are the supervisor's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from backend.adapters.leftovers import sweep
from backend.adapters.library import AdapterLibrary
from backend.datasets.library import DatasetLibrary
from backend.errors import Conflict
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import ConfigWarning
from backend.settings import Settings, claim_home
from backend.training import fold
from backend.training.config import TrainingConfig
from backend.training.events import Finished
from backend.training.planner import Planner
from backend.training.schemas import (
    Session,
    SessionDetail,
    SessionState,
    TrainingEstimate,
    TrainingStatus,
)
from backend.training.store import SessionStore
from backend.training.supervisor import Supervisor


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
        self.adapters.in_use = self.adapter_in_use
        self.store = SessionStore(self.settings.sessions)
        self._supervisor = Supervisor(self.store, make_room)
        self._queue: list[str] = []
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
        session_id = self.current_session_id
        if session_id is None:
            raise Conflict("Nothing is training.", code="not_running")
        self.stop(session_id)
        while self._supervisor.running == session_id:
            await asyncio.sleep(0.05)

    def stop(self, session_id: str) -> SessionDetail:
        """Ask the running session to end its step and save, or take a waiting one out of the queue."""
        session = self.store.get(session_id)
        if fold.ended(session):
            raise SessionBusy(f"Session {session_id} has ended already ({session.state}).", code="session_ended")
        if session_id == self._supervisor.running:
            self._supervisor.stop()
        else:
            reason = "Taken out of the queue before it started."
            self.store.append(session_id, Finished(outcome="stopped", reason=reason, iteration=0))
            self._queue.remove(session_id)
        return self.detail(session_id)

    def delete(self, session_id: str, with_adapter: bool = False) -> None:
        """The adapter goes too if asked for, unless a later run has put another in its place."""
        if not fold.ended(self.store.get(session_id)):
            raise SessionBusy(f"Session {session_id} waits or trains; stop it first.")
        name = self.store.get(session_id).adapter_name
        if with_adapter and self.adapters.session_of(name) == session_id:
            self.adapters.delete(name)
        self.store.delete(session_id)

    # What is the case

    @property
    def current_session_id(self) -> str | None:
        running = self.status().running
        return running.id if running else None

    @property
    def training_state(self) -> SessionState | Literal["idle"]:
        running = self.status().running
        return running.state if running else "idle"

    def status(self) -> TrainingStatus:
        sessions = self._busy()
        return TrainingStatus(
            running=next((self._marked(one) for one in sessions if one.id == self._supervisor.running), None),
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
        self.store.sweep()
        unfinished = self.store.unfinished()
        sweep(self.settings.adapters, {session.adapter_name for session in unfinished})
        self._queue = [session.id for session in unfinished if session.state == "queued"]
        left = [session.id for session in unfinished if session.state != "queued"]
        self._loop = asyncio.create_task(self._work(left))

    async def close(self) -> None:
        """Stop what trains, keep its adapter, leave the queue for the next server."""
        self._supervisor.closing = True
        queue, self._queue = self._queue, []
        if self.current_session_id is not None:
            await self.stop_training()
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        self._queue = queue
        await self.inspector.close()

    async def _work(self, left: list[str]) -> None:
        for session_id in left:
            await self._supervisor.adopt(session_id)
        while True:
            while self._queue:
                await self._supervisor.run(self._queue.pop(0))
            self._changed.clear()
            await self._changed.wait()

    def _busy(self) -> list[Session]:
        """What trains and what waits; a session that has reported its end is neither, even if its worker still goes."""
        candidates = [self._supervisor.running, *self._queue]
        sessions = [self.store.get(each) for each in candidates if each and self.store.exists(each)]
        return [session for session in sessions if not fold.ended(session)]

    def _marked(self, session: Session) -> Session:
        session.stopping = (
            session.id == self._supervisor.running and self._supervisor.asked_to_stop and not fold.ended(session)
        )
        return session

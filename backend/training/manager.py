"""Queues training runs and answers for them: start, stop, pause, resume, change, delete, state.

Workers are the supervisor's; whether a run can go on is judged in `continuation` and `inputs`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal

from backend.adapters.leftovers import sweep
from backend.adapters.library import AdapterLibrary
from backend.datasets.library import DatasetLibrary
from backend.errors import Conflict
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import ConfigWarning
from backend.settings import Settings, claim_home
from backend.tokens.worker import TokenWorker
from backend.training import fold
from backend.training.config import TrainingConfig
from backend.training.continuation import CannotResume, check_adapter, continued, resumes_after
from backend.training.dispatcher import Dispatcher
from backend.training.events import Finished, Paused, Resumed, stopped_on_request
from backend.training.inputs import check_unchanged
from backend.training.planning.planner import Planner
from backend.training.schemas import (
    ConfigChanges,
    Session,
    SessionDetail,
    SessionState,
    TrainingEstimate,
    TrainingStatus,
)
from backend.training.store import SessionStore


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
        tokens: TokenWorker | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.inspector = inspector or Inspector(self.settings.logs / "inspector.log")
        self.tokens = tokens or TokenWorker(self.settings.logs / "token_reader.log")
        self.planner = Planner(
            self.settings,
            models or ModelLibrary(self.settings),
            datasets or DatasetLibrary(self.settings),
            self.inspector,
            self.tokens,
        )
        self.adapters = adapters or AdapterLibrary(self.settings)
        self.adapters.in_use = self.adapter_in_use
        self.planner.datasets.in_use = self.data_in_use
        self.store = SessionStore(self.settings.sessions)
        self._dispatcher = Dispatcher(self.store, make_room)
        self._queue = self._dispatcher.queue
        self._supervisor = self._dispatcher.supervisor
        self._queueing = asyncio.Lock()

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
        async with self._queueing:
            plan = self.planner.with_adapter_name(plan, self._reserved_names())
            session_id = self.store.create(plan)
            self._dispatcher.add(session_id)
        return self.detail(session_id)

    async def clone(self, session_id: str, changes: ConfigChanges) -> SessionDetail:
        """A new session with the settings of another; its adapter takes the next free name unless one is given."""
        config = changes.applied_to(self.store.plan(session_id).config)
        if "on_existing" not in changes.model_fields_set:
            config.on_existing = "refuse" if "adapter_name" in changes.model_fields_set else "new_name"
        return await self.start_training(config)

    async def change(self, session_id: str, changes: ConfigChanges) -> SessionDetail:
        """Other settings for a session that waits and has not begun, checked as those of a new one."""
        self._check_unbegun(session_id)
        plan = await self.planner.plan(changes.applied_to(self.store.plan(session_id).config))
        async with self._queueing:
            self._check_unbegun(session_id)
            self.store.requeue(
                session_id, self.planner.with_adapter_name(plan, self._reserved_names(besides=session_id))
            )
        return self.detail(session_id)

    def reorder(self, session_ids: Sequence[str]) -> TrainingStatus:
        """Let those that wait go in another order."""
        self._queue.reorder(session_ids)
        return self.status()

    async def stop_training(self) -> None:
        """Stop the running session, keep its adapter, and return when it has ended."""
        session_id = self.current_session_id
        if session_id is None:
            raise Conflict("Nothing is training.", code="not_running")
        self.stop(session_id)
        await self._dispatcher.until_left(session_id)

    def stop(self, session_id: str) -> SessionDetail:
        """Ask the running session to end its step and save; take a waiting one out of the queue; end a paused one."""
        session = self.store.get(session_id)
        if fold.ended(session):
            raise SessionBusy(f"Session {session_id} has ended already ({session.state}).", code="session_ended")
        if session_id == self._supervisor.running:
            self._supervisor.stop()
        else:
            self._queue.remove(session_id)
            never_begun = session.state == "queued" and session.iteration == 0
            reason = (
                "Taken out of the queue before it started." if never_begun else stopped_on_request(session.iteration)
            )
            self.store.append(session_id, Finished(outcome="stopped", reason=reason, iteration=session.iteration))
        return self.detail(session_id)

    def pause(self, session_id: str) -> SessionDetail:
        """Ask the running session to save everything and make room for others; put a waiting one aside.

        A session that has no step yet begins from the start when it goes on.
        """
        session = self.store.get(session_id)
        if fold.at_rest(session):
            raise SessionBusy(f"Session {session_id} neither waits nor trains ({session.state}).", code="session_ended")
        if session_id == self._supervisor.running:
            if self._supervisor.asked_to == "stop":
                raise SessionBusy(f"Session {session_id} is being stopped already; resume it when it has ended.")
            self._supervisor.pause()
        else:
            self._queue.remove(session_id)
            self.store.append(session_id, Paused(iteration=session.iteration))
        return self.detail(session_id)

    async def resume(self, session_id: str, iterations: int | None = None) -> SessionDetail:
        """Queue a session at rest again, to go on where its state was kept, up to a new total if one is given.

        A paused one is next, others go to the end. Raises AppError when it would not be the same run any more.
        """
        self.start()
        if fold.at_rest(self.store.get(session_id)):
            await self._dispatcher.until_left(session_id)
        async with self._queueing:
            session = self.store.get(session_id)
            after = resumes_after(self.store.folder(session_id), session)
            plan = continued(self.store.plan(session_id), session, after, iterations)
            name = plan.config.adapter_name
            check_adapter(plan, session, self.adapters.session_of(name), self.adapter_in_use(name))
            await asyncio.to_thread(check_unchanged, plan)
            self.store.rewrite(session_id, plan)
            self.store.append(session_id, Resumed(iteration=after, iterations=plan.config.iterations))
            self._dispatcher.add(session_id, first=session.state == "paused")
        return self.detail(session_id)

    def delete(self, session_id: str, with_adapter: bool = False) -> None:
        """The adapter goes too if asked for, unless a later run has put another in its place."""
        if not fold.at_rest(self.store.get(session_id)):
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
        session = self._marked(self.store.get(session_id))
        try:
            after = resumes_after(self.store.folder(session_id), session)
        except CannotResume:
            after = None
        return SessionDetail(
            **session.model_dump(),
            config=plan.config,
            queue_position=self._queue.position(session_id),
            resumes_after=after,
            adapter_exists=(self.settings.adapters / plan.config.adapter_name / "adapter_config.json").is_file(),
            base_fingerprint=plan.base_fingerprint,
            data_sha256=plan.data_sha256,
        )

    def adapter_in_use(self, name: str) -> str | None:
        """The session that will write the adapter `name`, if one waits or trains."""
        return next((session.id for session in self._busy() if session.adapter_name == name), None)

    def data_in_use(self, folder: Path) -> str | None:
        """The session that reads from the data set in `folder`, if one waits or trains."""
        for session in self._busy():
            plan = self.store.plan(session.id)
            if folder in (plan.train_file.parent, plan.valid_file.parent if plan.valid_file else None):
                return session.id
        return None

    def models_in_use(self) -> dict[Path, str]:
        """The folders of models that runs need which train or wait, and in words which run it is."""
        return {
            self.store.plan(session.id).model_folder: f"session {session.id} "
            + ("waits to train on it" if session.state == "queued" else "trains on it")
            for session in self._busy()
        }

    # The life of the manager

    def start(self, address: str | None = None) -> None:
        """Claim the home, take up what an earlier server left, and keep the queue moving. Raises HomeTaken."""
        if self._dispatcher.started:
            return
        claim_home(self.settings, address)
        self.store.sweep()
        unfinished = self.store.unfinished()
        sweep(self.settings.adapters, {session.adapter_name for session in unfinished})
        self._dispatcher.start(
            waiting=[session.id for session in unfinished if session.state == "queued"],
            left=[session.id for session in unfinished if session.state != "queued"],
        )

    async def close(self) -> None:
        """Stop what trains, keep its adapter, leave the queue for the next server."""
        self._dispatcher.close()
        if self.current_session_id is not None:
            await self.stop_training()
        await self._dispatcher.end()
        await self.inspector.close()
        await self.tokens.close()

    def _check_unbegun(self, session_id: str) -> None:
        if fold.begun(self.store.get(session_id)) or session_id not in self._queue:
            raise SessionBusy(
                f"Only a run that waits and has not begun can be changed; clone session {session_id} instead.",
                code="session_begun",
            )

    def _reserved_names(self, besides: str | None = None) -> set[str]:
        return {session.adapter_name for session in self._busy() if session.id != besides}

    def _busy(self) -> list[Session]:
        """What trains and what waits; a session that has reported its end is neither, even if its worker still goes."""
        candidates = [self._supervisor.running, *self._queue]
        sessions = [self.store.get(each) for each in candidates if each and self.store.exists(each)]
        return [session for session in sessions if not fold.at_rest(session)]

    def _marked(self, session: Session) -> Session:
        if session.id == self._supervisor.running and not fold.at_rest(session):
            session.stopping = self._supervisor.asked_to == "stop"
            session.pausing = self._supervisor.asked_to == "pause"
        return session

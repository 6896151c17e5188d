"""Job managers with one kind of job, counting, done by a real worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.jobs.events import JobSpawned
from backend.jobs.kinds import JobKind
from backend.jobs.manager import JobManager
from backend.jobs.schemas import ENDED_STATES, Job
from backend.settings import Settings
from tests.jobs.counting import COUNTED, Counting

KIND = "counting"


@dataclass
class Jobs:
    """A manager on a home; `in_the_way` is what no job may start beside, `made_room` the settings of those started.

    `discarded` are the ids of jobs that nobody will resume.
    """

    settings: Settings
    can_pause: bool = False
    in_the_way: str | None = None
    made_room: list[Counting] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def make_room(settings: Counting) -> None:
            self.made_room.append(settings)

        self.manager = JobManager(self.settings)
        kind = JobKind(
            KIND,
            "tests.jobs.counting",
            Counting,
            make_room,
            lambda: self.in_the_way,
            self.can_pause,
            self.discarded.append,
        )
        self.manager.register(kind)

    def submit(self, **settings: Any) -> str:
        return self.manager.submit(KIND, "Count", Counting(**settings)).id

    def get(self, job_id: str) -> Job:
        return self.manager.get(job_id)

    def counted(self, job_id: str) -> list[int]:
        file = self.manager.store.folder(job_id) / COUNTED
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    async def until(self, job_id: str, holds: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(30):
            while not holds(job := self.get(job_id)):
                await asyncio.sleep(0.02)
        return job

    async def until_counted(self, job_id: str, numbers: int) -> None:
        await self.until(job_id, lambda _: len(self.counted(job_id)) >= numbers)

    async def at_rest(self, job_id: str) -> Job:
        return await self.until(job_id, lambda job: job.state in ("paused", *ENDED_STATES))

    async def ended(self, job_id: str) -> Job:
        return await self.until(job_id, lambda job: job.finished_at is not None)


def worker_of(jobs: Jobs, job_id: str) -> psutil.Process:
    return psutil.Process([it for it in jobs.manager.store.events(job_id) if isinstance(it, JobSpawned)][-1].pid)


async def forget(manager: JobManager) -> None:
    """What a server leaves that is killed: its workers go on, and nobody of it watches them."""
    for runner in manager._runners.values():
        assert runner._work is not None
        runner._work.cancel()
        await asyncio.gather(runner._work, return_exceptions=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
async def jobs(settings: Settings) -> AsyncIterator[Jobs]:
    jobs = Jobs(settings)
    jobs.manager.start()
    yield jobs
    await jobs.manager.close()

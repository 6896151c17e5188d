"""Queues jobs and answers for them: start, cancel, delete, state. Knows no feature: each registers its kind."""

import contextlib
from typing import Any

from pydantic import BaseModel

from backend.errors import Conflict
from backend.jobs import fold
from backend.jobs.events import JobFinished
from backend.jobs.kinds import JobKind
from backend.jobs.runner import JobRunner
from backend.jobs.schemas import Job, JobDetail, JobRecord
from backend.jobs.store import JobDamaged, JobStore
from backend.settings import Settings


class JobBusy(Conflict):
    code = "job_busy"


class JobManager:
    def __init__(self, settings: Settings) -> None:
        self.store = JobStore(settings.artifacts / ".jobs")
        self._runners: dict[str, JobRunner] = {}

    def register(self, kind: JobKind[Any]) -> None:
        """Before `start`."""
        self._runners[kind.name] = JobRunner(self.store, kind)

    def submit(self, kind: str, title: str, settings: BaseModel) -> Job:
        """Queue a job; it starts at once when nothing is in its way."""
        record = JobRecord(kind=kind, title=title, settings=settings.model_dump(mode="json"))
        job_id = self.store.create(record)
        self._runners[kind].add(job_id)
        return self.get(job_id)

    def cancel(self, job_id: str) -> Job:
        """Ask a job to end; take a waiting one out of the queue. Raises JobBusy where it has ended already."""
        job = self.store.get(job_id)
        if fold.ended(job):
            raise JobBusy(f"The job {job_id} has ended already ({job.state}).", code="job_ended")
        self._runners[job.kind].cancel(job_id)
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """With everything that it made. Raises JobBusy while it waits or runs; a damaged one does neither."""
        with contextlib.suppress(JobDamaged):
            if not fold.ended(self.store.get(job_id)):
                raise JobBusy(f"The job {job_id} waits or runs; cancel it first.")
        self.store.delete(job_id)

    def get(self, job_id: str) -> Job:
        return self._marked(self.store.get(job_id))

    def detail(self, job_id: str) -> JobDetail:
        return JobDetail(**self.get(job_id).model_dump(), settings=self.store.record(job_id).settings)

    def jobs(self, kind: str | None = None) -> list[Job]:
        """Newest first; of one kind, or all."""
        return [self._marked(job) for job in self.store.jobs(kind)]

    def start(self) -> None:
        """Take up what an earlier server left, and keep the queues moving. The home has to be claimed already."""
        self.store.sweep()
        unfinished = [job for job in self.store.jobs() if not fold.ended(job)][::-1]
        for job in unfinished:
            if job.kind not in self._runners:
                reason = f"This version of the program has no jobs of the kind {job.kind}."
                self.store.append(job.id, JobFinished(outcome="failed", reason=reason))
        for kind, runner in self._runners.items():
            own = [job for job in unfinished if job.kind == kind]
            runner.start(
                waiting=[job.id for job in own if job.state == "queued"],
                left=[job.id for job in own if job.state != "queued"],
            )

    async def step_aside(self, kind: str, because: str) -> None:
        """Let what runs of this kind make room: it goes on where it was, once nothing is in its way any more."""
        await self._runners[kind].step_aside(because)

    async def close(self) -> None:
        for runner in self._runners.values():
            await runner.close()

    def _marked(self, job: Job) -> Job:
        runner = self._runners.get(job.kind)
        if runner is None or fold.ended(job):
            return job
        job.cancelling = runner.cancelling(job.id)
        if job.state == "queued":
            job.message = runner.waits_for(job.id) or job.message
        return job

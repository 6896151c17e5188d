"""Queues jobs and answers for them: start, cancel, delete, state. Knows no feature: each registers its kind."""

import contextlib
from typing import Any

from pydantic import BaseModel

from backend.errors import Conflict
from backend.jobs import fold
from backend.jobs.events import JobFinished, JobQueued
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

    def pause(self, job_id: str) -> Job:
        """Put a job aside until it is resumed. Raises JobBusy where it cannot be."""
        job = self.get(job_id)
        if not job.can_pause:
            raise JobBusy(self._no_pause(job), code="job_cannot_pause")
        self._runners[job.kind].pause(job_id)
        return self.get(job_id)

    async def resume(self, job_id: str) -> Job:
        """Queue a job again that was paused or failed; it goes on where it was. Raises JobBusy for any other."""
        if (runner := self._runners.get(self.get(job_id).kind)) is not None:
            await runner.until_gone(job_id)
        job = self.get(job_id)
        if runner is None or not job.can_resume:
            raise JobBusy(self._no_resume(job), code="job_cannot_resume")
        self.store.append(job_id, JobQueued())
        runner.add(job_id)
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """With everything that it made. Raises JobBusy while it waits or runs; a damaged one does neither."""
        kind = None
        with contextlib.suppress(JobDamaged):
            job = self.store.get(job_id)
            if not fold.at_rest(job):
                raise JobBusy(f"The job {job_id} waits or runs; cancel it first.")
            kind = self._runners.get(job.kind)
        self.store.delete(job_id)
        if kind is not None:
            kind.kind.discard(job_id)

    def get(self, job_id: str) -> Job:
        return self._marked(self.store.get(job_id))

    def detail(self, job_id: str) -> JobDetail:
        return JobDetail(**self.get(job_id).model_dump(), settings=self.store.record(job_id).settings)

    def jobs(self, kind: str | None = None) -> list[Job]:
        """Newest first; of one kind, or all."""
        return [self._marked(job) for job in self.store.jobs(kind)]

    def under_way(self) -> list[JobDetail]:
        """Those that run or wait."""
        return [self.detail(job.id) for job in self.store.jobs() if not fold.at_rest(job)]

    def start(self) -> None:
        """Take up what an earlier server left, and keep the queues moving. The home has to be claimed already."""
        self.store.sweep()
        unfinished = [job for job in self.store.jobs() if not fold.at_rest(job)][::-1]
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
        if runner is None:
            return job
        job.can_pause = runner.kind.can_pause and not fold.at_rest(job) and not runner.asked(job.id)
        job.can_resume = runner.kind.can_pause and job.state in ("paused", "failed")
        if fold.at_rest(job):
            return job
        job.cancelling = runner.cancelling(job.id)
        if job.state == "queued":
            job.message = runner.waits_for(job.id) or job.message
        return job

    def _no_pause(self, job: Job) -> str:
        if not self._can_pause(job):
            return f"Jobs of the kind {job.kind} cannot be paused; cancel it, or let it go on."
        if fold.at_rest(job):
            return f"The job {job.id} is {job.state}, so there is nothing to pause."
        return f"The job {job.id} is ending already."

    def _no_resume(self, job: Job) -> str:
        if not self._can_pause(job):
            return f"Jobs of the kind {job.kind} cannot be resumed; start another."
        return f"The job {job.id} is {job.state}; only one that was paused or that failed can be resumed."

    def _can_pause(self, job: Job) -> bool:
        return job.kind in self._runners and self._runners[job.kind].kind.can_pause

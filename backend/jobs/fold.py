"""What a job's events add up to. Pure: events in, a Job out."""

from backend.jobs.events import JobEvent, JobFinished, JobPaused, JobProgress, JobQueued, JobSpawned
from backend.jobs.schemas import ENDED_STATES, Job, JobRecord


def begin(job_id: str, record: JobRecord, queued: JobEvent) -> Job:
    """A job from its first event."""
    return Job(
        id=job_id,
        kind=record.kind,
        title=record.title,
        state="queued",
        created_at=queued.time,
        last_seq=queued.seq,
    )


def advance(job: Job, event: JobEvent) -> None:
    """Apply a later event to `job`."""
    job.last_seq = event.seq
    match event:
        case JobQueued():
            job.state = "queued"
            job.message, job.seconds_left, job.started_at = event.reason, None, None
            job.reason = job.finished_at = None
        case JobSpawned():
            job.state = "running"
            job.started_at = event.time
            job.message = None
        case JobProgress():
            job.done, job.total, job.unit = event.done, event.total, event.unit
            job.message, job.seconds_left = event.message, event.seconds_left
        case JobPaused():
            job.state = "paused"
            job.message = job.seconds_left = job.started_at = None
        case JobFinished():
            job.state = event.outcome
            job.reason, job.finished_at = event.reason, event.time
            job.message = job.seconds_left = None


def ended(job: Job) -> bool:
    return job.state in ENDED_STATES


def at_rest(job: Job) -> bool:
    """Nothing happens to it by itself: it has ended, or somebody put it aside."""
    return ended(job) or job.state == "paused"

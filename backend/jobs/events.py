"""What a job reports, one JSON line each in events.jsonl; the browser receives the same lines."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from typing_extensions import TypeAliasType

from backend.event_log import Event

Outcome = Literal["completed", "cancelled", "failed"]


class JobQueued(Event):
    """The job waits for its turn: the first event of every job, and again where it was put aside to go on later.

    `reason` says why, None where the job is new.
    """

    type: Literal["queued"] = "queued"
    reason: str | None = None


class JobSpawned(Event):
    """`process_started` together with `pid` recognises the process after a restart of the server."""

    type: Literal["spawned"] = "spawned"
    pid: int
    process_started: float


class JobProgress(Event):
    """`done` of `total` units, which are named in the plural; `message` says what is being done.

    `seconds_left` is at the pace so far, None until there is one.
    """

    type: Literal["progress"] = "progress"
    done: int
    total: int
    unit: str
    message: str
    seconds_left: float | None


class JobPaused(Event):
    """Somebody put the job aside; it goes on with the next `queued`, when it is resumed."""

    type: Literal["paused"] = "paused"


class JobFinished(Event):
    """The end, with what came of it in words; a job that failed may be resumed, and then `queued` comes after it."""

    type: Literal["finished"] = "finished"
    outcome: Outcome
    reason: str


JobEvent = TypeAliasType(
    "JobEvent", Annotated[JobQueued | JobSpawned | JobProgress | JobPaused | JobFinished, Field(discriminator="type")]
)
job_event: TypeAdapter[JobEvent] = TypeAdapter(JobEvent)

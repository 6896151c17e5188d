"""Shapes of jobs, as the API gives them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

JobState = Literal["queued", "running", "paused", "completed", "cancelled", "failed"]
ENDED_STATES: frozenset[JobState] = frozenset({"completed", "cancelled", "failed"})


class JobRecord(BaseModel):
    """job.json: what is to be done. `settings` are those of the kind."""

    kind: str
    title: str
    settings: dict[str, Any]


class Job(BaseModel):
    """Long work that is no training. Times are seconds since the epoch; `done` of `total` counts `unit`.

    `message` says what is being done, or what a waiting job waits for; `reason` how it ended.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    kind: str
    title: str
    state: JobState
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    done: int = 0
    total: int | None = None
    unit: str | None = None
    message: str | None = None
    seconds_left: Annotated[float | None, Field(description="at the pace so far, when progress was last reported")] = (
        None
    )
    reason: str | None = None
    cancelling: Annotated[bool, Field(description="asked to end, and still ending")] = False
    can_pause: Annotated[
        bool, Field(description="it runs or waits, and can be put aside until somebody resumes it")
    ] = False
    can_resume: Annotated[bool, Field(description="paused, or failed: it goes on where it was")] = False
    last_seq: int = 0


class JobDetail(Job):
    settings: dict[str, Any]

"""Jobs over REST and WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, WebSocket
from fastapi.requests import HTTPConnection
from fastapi.responses import PlainTextResponse

from backend.jobs.events import JobEvent
from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job, JobDetail
from backend.sockets import send_lines

router = APIRouter(tags=["jobs"])


def job_manager(connection: HTTPConnection) -> JobManager:
    manager: JobManager = connection.app.state.jobs
    return manager


Manager = Annotated[JobManager, Depends(job_manager)]


@router.get("/jobs")
def list_jobs(manager: Manager, kind: str | None = None) -> list[Job]:
    """Newest first; of one kind, or all."""
    return manager.jobs(kind)


@router.get("/jobs/{job_id}")
async def get_job(job_id: str, manager: Manager) -> JobDetail:
    return manager.detail(job_id)


@router.get("/jobs/{job_id}/events")
def list_job_events(job_id: str, manager: Manager, after: Annotated[int, Query(ge=0)] = 0) -> list[JobEvent]:
    return manager.store.events(job_id, after)


@router.websocket("/jobs/{job_id}/events")
async def follow_job_events(
    socket: WebSocket, job_id: str, manager: Manager, after: Annotated[int, Query(ge=0)] = 0
) -> None:
    """Events newer than `after`, one JSON text each; closes behind the last one."""
    await send_lines(socket, manager.store.follow(job_id, after))


@router.get("/jobs/{job_id}/log", response_class=PlainTextResponse)
def get_job_log(job_id: str, manager: Manager, tail_bytes: Annotated[int, Query(ge=1, le=10_000_000)] = 200_000) -> str:
    return manager.store.log(job_id, tail_bytes)


@router.post("/jobs/{job_id}/cancel")
async def cancel_job(job_id: str, manager: Manager) -> Job:
    """Asks the worker to end; `cancelling` is true until it has. A job that waits is taken out of the queue."""
    return manager.cancel(job_id)


@router.post("/jobs/{job_id}/pause")
async def pause_job(job_id: str, manager: Manager) -> Job:
    """Puts a job of a kind that can be paused aside, over restarts of the server too."""
    return manager.pause(job_id)


@router.post("/jobs/{job_id}/resume")
async def resume_job(job_id: str, manager: Manager) -> Job:
    """A job that was paused, or that failed, goes on where it was."""
    return await manager.resume(job_id)


@router.delete("/jobs/{job_id}", status_code=204)
async def delete_job(job_id: str, manager: Manager) -> None:
    """Deletes the job's folder, with what it made. A job that waits or runs has to be cancelled first."""
    manager.delete(job_id)

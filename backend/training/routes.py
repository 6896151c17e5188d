"""Training and sessions over REST and WebSocket."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket
from fastapi.requests import HTTPConnection
from fastapi.responses import PlainTextResponse

from backend.errors import Conflict
from backend.sockets import send_lines
from backend.training.config import TrainingConfig
from backend.training.course import Course
from backend.training.events import TrainingEvent
from backend.training.manager import TrainingManager
from backend.training.schemas import (
    ConfigChanges,
    ResumeRequest,
    Session,
    SessionDetail,
    TrainingEstimate,
    TrainingStatus,
)

router = APIRouter(tags=["training"])

AS_BEFORE = ResumeRequest()
UNCHANGED = ConfigChanges()


def training_manager(connection: HTTPConnection) -> TrainingManager:
    manager: TrainingManager = connection.app.state.training
    return manager


Manager = Annotated[TrainingManager, Depends(training_manager)]


@router.get("/training/schema")
def get_training_schema() -> dict[str, Any]:
    """Defaults, help and usual ranges of every setting, as a JSON schema."""
    return TrainingConfig.model_json_schema()


@router.post("/training/start", status_code=201)
async def start_training(config: TrainingConfig, manager: Manager) -> SessionDetail:
    return await manager.start_training(config)


@router.post("/training/estimate")
async def estimate_training(config: TrainingConfig, manager: Manager) -> TrainingEstimate:
    return await manager.estimate(config)


@router.get("/training/status")
async def get_training_status(manager: Manager) -> TrainingStatus:
    return manager.status()


@router.post("/training/stop")
async def stop_training(manager: Manager) -> SessionDetail:
    """Asks the running session to save and end; its `stopping` is true until it has."""
    if manager.current_session_id is None:
        raise Conflict("Nothing is training.", code="not_running")
    return manager.stop(manager.current_session_id)


@router.put("/training/queue")
async def reorder_queue(session_ids: list[str], manager: Manager) -> TrainingStatus:
    """Every waiting session once, the next one first."""
    return manager.reorder(session_ids)


@router.get("/sessions")
def list_sessions(manager: Manager) -> list[Session]:
    return manager.sessions()


@router.get("/sessions/{session_id}")
async def get_session(session_id: str, manager: Manager) -> SessionDetail:
    return manager.detail(session_id)


@router.get("/sessions/{session_id}/events")
def list_session_events(
    session_id: str, manager: Manager, after: Annotated[int, Query(ge=0)] = 0
) -> list[TrainingEvent]:
    return manager.store.events(session_id, after)


@router.get("/sessions/{session_id}/course")
def get_session_course(
    session_id: str, manager: Manager, points: Annotated[int, Query(ge=10, le=20_000)] = 4000
) -> Course:
    """The losses as far as they count, thinned to about so many points a line, however long the run."""
    return manager.store.course(session_id, points)


@router.websocket("/sessions/{session_id}/events")
async def follow_session_events(
    socket: WebSocket, session_id: str, manager: Manager, after: Annotated[int, Query(ge=0)] = 0
) -> None:
    """Events newer than `after`, one JSON text each; closes behind the last one."""
    await send_lines(socket, manager.store.follow(session_id, after))


@router.get("/sessions/{session_id}/log", response_class=PlainTextResponse)
def get_session_log(
    session_id: str, manager: Manager, tail_bytes: Annotated[int, Query(ge=1, le=10_000_000)] = 200_000
) -> str:
    return manager.store.log(session_id, tail_bytes)


@router.get("/sessions/{session_id}/config.yaml", response_class=PlainTextResponse)
def get_session_config(session_id: str, manager: Manager) -> str:
    """The run's own settings, as a training file."""
    return manager.store.config_yaml(session_id)


@router.get("/sessions/{session_id}/mlx_lora.yaml", response_class=PlainTextResponse)
def get_session_mlx_lora(session_id: str, manager: Manager) -> str:
    """The nearest equivalent run for stock mlx-lm: `mlx_lm.lora -c mlx_lora.yaml`."""
    return manager.store.mlx_lora_yaml(session_id)


@router.post("/sessions/{session_id}/stop")
async def stop_session(session_id: str, manager: Manager) -> SessionDetail:
    return manager.stop(session_id)


@router.post("/sessions/{session_id}/pause")
async def pause_session(session_id: str, manager: Manager) -> SessionDetail:
    """Asks a running session to save everything and end; its `pausing` is true until it has. Others go on meanwhile."""
    return manager.pause(session_id)


@router.post("/sessions/{session_id}/resume")
async def resume_session(session_id: str, manager: Manager, wanted: ResumeRequest = AS_BEFORE) -> SessionDetail:
    """Queues a session at rest again, to go on exactly where it was."""
    return await manager.resume(session_id, wanted.iterations)


@router.post("/sessions/{session_id}/clone", status_code=201)
async def clone_session(session_id: str, manager: Manager, changes: ConfigChanges = UNCHANGED) -> SessionDetail:
    """A new session with these settings changed."""
    return await manager.clone(session_id, changes)


@router.patch("/sessions/{session_id}")
async def change_session(session_id: str, changes: ConfigChanges, manager: Manager) -> SessionDetail:
    """Changes settings of a session that waits and has not begun."""
    return await manager.change(session_id, changes)


@router.delete("/sessions/{session_id}", status_code=204)
async def delete_session(session_id: str, manager: Manager, adapter: bool = False) -> None:
    """Deletes the run's folder; its adapter stays unless `adapter` is true."""
    manager.delete(session_id, with_adapter=adapter)

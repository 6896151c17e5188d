"""Shapes of sessions and estimates, as the API gives them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.models.schemas import ConfigWarning
from backend.training.config import TrainingConfig

SessionState = Literal["queued", "starting", "running", "paused", "completed", "stopped", "early_stopped", "failed"]
ENDED_STATES: frozenset[SessionState] = frozenset({"completed", "stopped", "early_stopped", "failed"})


class Session(BaseModel):
    """One training run. Times are seconds since the epoch; `duration_seconds` runs from the worker's start."""

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    id: str
    state: SessionState
    adapter_name: str
    model_name: str
    data_name: str
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    duration_seconds: float | None = None
    iteration: int = 0
    iterations: int
    train_loss: float | None = None
    best_iteration: int | None = None
    best_val_loss: float | None = None
    trainable_parameters: int | None = None
    reason: Annotated[str | None, Field(description="why it ended, in words")] = None
    stopping: Annotated[bool, Field(description="asked to stop, and still saving")] = False
    last_seq: int = 0


class SessionDetail(Session):
    config: TrainingConfig
    queue_position: Annotated[int | None, Field(description="1 is next; None when not waiting")] = None
    adapter_exists: bool


class TrainingStatus(BaseModel):
    running: Session | None
    queue: list[Session]


class ModuleGroup(BaseModel):
    """All adapted modules that share a key, such as self_attn.q_proj."""

    key: str
    modules: int
    parameters: int


class TrainingEstimate(BaseModel):
    """Exact counts. `trainable_percent` is of the base model's parameters, the adapter not counted in."""

    model_config = ConfigDict(protected_namespaces=())

    model_type: str
    total_parameters: int
    trainable_parameters: int
    trainable_percent: float
    num_layers: int
    adapted_layers: int
    adapted_modules: int
    scale: float
    groups: list[ModuleGroup]
    notes: Annotated[list[str], Field(description="what the choice of modules did, as the log will say it")]
    warnings: list[ConfigWarning]

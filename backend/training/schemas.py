"""Shapes of sessions and estimates, as the API gives them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.models.schemas import ConfigWarning
from backend.training.config import TrainingConfig

SessionState = Literal["queued", "starting", "running", "paused", "completed", "stopped", "early_stopped", "failed"]
ENDED_STATES: frozenset[SessionState] = frozenset({"completed", "stopped", "early_stopped", "failed"})


class Session(BaseModel):
    """One training run. Times are seconds since the epoch; `duration_seconds` is the time that workers took.

    A run that was resumed is in a further attempt: `started_at` is this one's, `earlier_seconds` the others' time.
    """

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
    earlier_seconds: float = 0.0
    resumed_after: Annotated[int, Field(description="the iteration that this attempt goes on after")] = 0
    iteration: int = 0
    iterations: int
    saved_iteration: Annotated[int, Field(description="of the newest checkpoint")] = 0
    train_loss: float | None = None
    best_iteration: int | None = None
    best_val_loss: float | None = None
    trainable_parameters: int | None = None
    reason: Annotated[str | None, Field(description="why it ended, in words")] = None
    stopping: Annotated[bool, Field(description="asked to stop, and still saving")] = False
    pausing: Annotated[bool, Field(description="asked to pause, and still saving")] = False
    last_seq: int = 0


class SessionDetail(Session):
    config: TrainingConfig
    queue_position: Annotated[int | None, Field(description="1 is next; None when not waiting")] = None
    resumes_after: Annotated[
        int | None,
        Field(description="the iteration that it would go on after; None while it waits or trains, or cannot"),
    ] = None
    adapter_exists: bool
    base_fingerprint: Annotated[str, Field(description="of the base model that it is trained on")]
    data_sha256: Annotated[dict[str, str], Field(description='by part: "train", and "valid" where there is one')]


class ConfigChanges(TrainingConfig):
    """Any of a run's settings; what is left out stays as it is."""

    model_path: str = ""
    train_data_path: str = ""

    def applied_to(self, config: TrainingConfig) -> TrainingConfig:
        return config.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class ResumeRequest(BaseModel):
    """`iterations` is the new total; left out, the old one stays."""

    model_config = ConfigDict(extra="forbid")

    iterations: int | None = None


class TrainingStatus(BaseModel):
    running: Session | None
    queue: list[Session]


class ModuleGroup(BaseModel):
    """All adapted modules that share a key, such as self_attn.q_proj; for full fine-tuning, a target group."""

    key: str
    modules: int
    parameters: int


class TrainingEstimate(BaseModel):
    """Exact counts. `trainable_percent` is of the base model's parameters, the adapter not counted in.

    `comparable_learning_rate` is the one that would do the same at rank 32 with multiplier 1; `suggested_learning_rate`
    the published optimum for a model of this width, at the rank and multiplier that were asked for.
    """

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
    suggested_learning_rate: float
    comparable_learning_rate: float
    notes: Annotated[list[str], Field(description="what the choice of modules did, as the log will say it")]
    warnings: list[ConfigWarning]

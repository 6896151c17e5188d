"""What a run reports, one JSON line each in events.jsonl; the browser receives the same lines."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType

from backend.event_log import Event

Outcome = Literal["completed", "stopped", "early_stopped", "failed"]


class Queued(Event):
    """The first event of every session says what it will be, so that the log alone tells its story."""

    model_config = ConfigDict(protected_namespaces=())

    type: Literal["queued"] = "queued"
    adapter_name: str
    model_name: str
    data_name: str
    iterations: int


class Spawned(Event):
    """`process_started` together with `pid` recognises the process after a restart of the server."""

    type: Literal["spawned"] = "spawned"
    pid: int
    process_started: float


class Started(Event):
    """One for every attempt. `trainable_by_module` counts parameters by module type: attention, mlp, experts ..."""

    type: Literal["started"] = "started"
    model: str
    model_type: str
    device: str
    versions: dict[str, str]
    total_parameters: int
    trainable_parameters: int
    trainable_percent: float
    trainable_by_module: dict[str, int] = Field(default_factory=dict)
    keys: list[str]
    adapted_modules: int
    iterations: int
    begins_after: int = 0
    train_examples: int
    validation_examples: int


class Train(Event):
    """Means over the steps since the last report. `tokens_per_second` counts tokens that carry loss, not padding."""

    type: Literal["train"] = "train"
    iteration: int
    train_loss: float
    learning_rate: float
    iterations_per_second: float
    tokens_per_second: float
    trained_tokens: int
    peak_memory_gb: float
    grad_norm: float


class Validation(Event):
    type: Literal["validation"] = "validation"
    iteration: int
    val_loss: float
    seconds: float


class Checkpoint(Event):
    type: Literal["checkpoint"] = "checkpoint"
    iteration: int
    file: str


class Best(Event):
    type: Literal["best"] = "best"
    iteration: int
    val_loss: float


class Warned(Event):
    type: Literal["warning"] = "warning"
    message: str


class Paused(Event):
    """The worker saved everything after `iteration` and ended; the session goes on when it is asked to."""

    type: Literal["paused"] = "paused"
    iteration: int


class Resumed(Event):
    """The session waits again, to go on after `iteration` up to `iterations`. Later points before this are void."""

    type: Literal["resumed"] = "resumed"
    iteration: int
    iterations: int


class Finished(Event):
    """The end of a run: `reason` in words, `iteration` the last step whose weights were kept."""

    type: Literal["finished"] = "finished"
    outcome: Outcome
    reason: str
    iteration: int


def stopped_on_request(iteration: int) -> str:
    """The reason of a run that was stopped after `iteration`, 0 where it had no step yet."""
    if iteration == 0:
        return "Stopped on request before the first step; there is no adapter."
    return f"Stopped on request after step {iteration}; the adapter of that step is saved."


TrainingEvent = TypeAliasType(
    "TrainingEvent",
    Annotated[
        Queued | Spawned | Started | Train | Validation | Checkpoint | Best | Warned | Paused | Resumed | Finished,
        Field(discriminator="type"),
    ],
)
training_event: TypeAdapter[TrainingEvent] = TypeAdapter(TrainingEvent)

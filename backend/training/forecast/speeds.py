"""How fast a model was trained on this machine before: by steps that a pre-flight measured, else by an earlier run.

Knows the files of measurements and the events of sessions, not how a time is worked out from them.
"""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from pydantic import BaseModel, ConfigDict, ValidationError

from backend.errors import AppError
from backend.lora.estimate import Measurements
from backend.training.config import TrainingConfig
from backend.training.events import Spawned, Started, Train, TrainingEvent, Validation
from backend.training.schemas import Session
from backend.training.store import SessionStore
from backend.whole_files import write_text_whole

logger = logging.getLogger(__name__)

LIKE_IT = ("fine_tune_type", "grad_checkpoint", "mask_prompt", "train_on_turns", "local_processes", "hosts")
"""Settings that the speed in tokens with loss hangs on; batches, lengths and ranks change it by less."""
SAME_WORK = ("batch_size", "batch_tokens", "max_seq_length", "lora_rank", "targets", "lora_num_layers")
MOST_LOOKED_AT = 30
"""Sessions of one model."""


class MeasuredSpeed(BaseModel):
    """What a pre-flight found for a model; `config` is what it was measured with."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path
    measured_at: float
    config: TrainingConfig
    found: Measurements


class RunSpeed(BaseModel):
    """Of a run's steps once they were compiled. `validation_seconds` is None where it never validated."""

    session: Session
    tokens_per_second: float
    preparing_seconds: float
    validation_seconds: float | None
    same_work: bool


class Speeds:
    def __init__(self, measured: Path, store: SessionStore) -> None:
        self._folder = measured
        self._store = store
        self._of_sessions: dict[tuple[str, int], RunSpeed | None] = {}

    def remember(self, measured: MeasuredSpeed) -> None:
        """In place of what was measured for this model and method before, without the lengths. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = measured.found.model_copy(update={"lengths": []})
        kept = measured.model_copy(update={"found": found})
        write_text_whole(self._file(measured.model_folder, measured.config), kept.model_dump_json())

    def measured(self, model_folder: Path, config: TrainingConfig) -> MeasuredSpeed | None:
        try:
            return MeasuredSpeed.model_validate_json(self._file(model_folder, config).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            logger.warning("A measurement cannot be read: %r", error)
            return None

    def of_runs(self, model_folder: Path, data_name: str, config: TrainingConfig) -> RunSpeed | None:
        """The newest run of this model that was like it; one on the same data with the same batches comes first."""
        found = list(self._like(model_folder, data_name, config))
        return next((speed for speed in found if speed.same_work), found[0] if found else None)

    def _like(self, model_folder: Path, data_name: str, config: TrainingConfig) -> Iterator[RunSpeed]:
        sessions = [one for one in self._store.sessions() if one.model_name == model_folder.name and one.iteration]
        for session in sessions[:MOST_LOOKED_AT]:
            try:
                plan = self._store.plan(session.id)
            except (AppError, OSError) as error:
                logger.warning("Session %s tells no speed: %r", session.id, error)
                continue
            same_data = session.data_name == data_name
            if plan.model_folder != model_folder.resolve() or not _same(plan.config, config, LIKE_IT):
                continue
            # Where prompts are masked, tokens with loss are another share of other data.
            if (config.mask_prompt and not same_data) or (speed := self._speed(session)) is None:
                continue
            yield speed.model_copy(update={"same_work": same_data and _same(plan.config, config, SAME_WORK)})

    def _speed(self, session: Session) -> RunSpeed | None:
        key = (session.id, session.last_seq)
        if key not in self._of_sessions:
            self._of_sessions[key] = speed_of(session, self._store.events(session.id))
        return self._of_sessions[key]

    def _file(self, model_folder: Path, config: TrainingConfig) -> Path:
        about = f"{model_folder.resolve()}\0{config.fine_tune_type}\0{config.grad_checkpoint}"
        return self._folder / f"{hashlib.sha256(about.encode()).hexdigest()[:32]}.json"


def speed_of(session: Session, events: list[TrainingEvent]) -> RunSpeed | None:
    """None for a run that ended before it had two reports of its loss: the first contains compiling."""
    reports = [event for event in events if isinstance(event, Train)]
    settled = reports[1:]
    spawned = [event.time for event in events if isinstance(event, Spawned)]
    started = [event.time for event in events if isinstance(event, Started)]
    if not settled or not spawned or not started:
        return None
    validations = [event.seconds for event in events if isinstance(event, Validation)]
    return RunSpeed(
        session=session,
        tokens_per_second=mean(report.tokens_per_second for report in settled),
        preparing_seconds=max(0.0, started[-1] - spawned[-1]),
        validation_seconds=mean(validations) if validations else None,
        same_work=False,
    )


def _same(one: TrainingConfig, other: TrainingConfig, fields: tuple[str, ...]) -> bool:
    return all(getattr(one, field) == getattr(other, field) for field in fields)

"""Sessions on disk: sessions/<id>/{config.yaml, mlx_lora.yaml, events.jsonl, output.log, resume.safetensors}.

The event log is the truth; what is kept in memory is a fold over it that any other process could redo.
"""

import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend import event_log, jsonl
from backend.errors import AppError, NotFound
from backend.event_log import Event
from backend.training import fold
from backend.training.course import Course, read_course
from backend.training.events import Queued, TrainingEvent, training_event
from backend.training.plan import RunPlan, to_yaml
from backend.training.schemas import Session
from backend.training.stock_run import mlx_lora_yaml
from backend.whole_files import write_text_whole

EVENTS = "events.jsonl"
LOG = "output.log"
MLX_LORA = "mlx_lora.yaml"
AT_REST_MARKS = (b',"type":"finished",', b',"type":"paused",')
RESUMED_MARK = b',"type":"resumed",'
TRAIN_MARK = b',"type":"train",'
SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LEFTOVER = re.compile(r"\.(deleted-)?\d{8}-\d{6}-[0-9a-f]{6}")

logger = logging.getLogger(__name__)


class SessionNotFound(NotFound):
    code = "session_not_found"


class LogDamaged(AppError):
    """The file stays as it is: nobody but its owner knows what it held."""

    code = "log_damaged"

    def __init__(self, log: Path) -> None:
        super().__init__(
            f"{log} cannot be read as the log of a run: a line of it was changed by hand, or damaged. "
            "Put it right, or delete the session."
        )


@dataclass
class _Folded:
    session: Session
    offset: int


def append_event(session_folder: Path, event: Event) -> None:
    """Stamp and append one event; safe from several processes at once. Raises OSError when it cannot be written."""
    event_log.append(session_folder / EVENTS, event)


def _at_rest(last_line: bytes) -> bool:
    return any(mark in last_line for mark in AT_REST_MARKS)


def _telling(lines: list[bytes]) -> list[dict[str, Any]]:
    """The events that count: without points that were made void, and without the training reports that a later one
    makes obsolete, which are most of a log."""
    if any(RESUMED_MARK in line for line in lines):
        return fold.valid_events(_parsed(lines))
    reports = [index for index, line in enumerate(lines) if TRAIN_MARK in line]
    obsolete = frozenset(reports[:-1])
    return _parsed(line for index, line in enumerate(lines) if index not in obsolete)


def _parsed(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """Without lines that are no JSON: damage to one hides no other."""
    events = []
    for line in lines:
        with suppress(ValueError):
            events.append(json.loads(line))
    return events


@lru_cache(maxsize=16)
def _course(log: Path, state: tuple[int, int, int], points: int) -> Course:
    """Of a log in a certain `state`: that of a long run takes a second to read."""
    lines, _ = jsonl.read(log)
    return read_course(lines, points)


def _write(plan: RunPlan, folder: Path) -> None:
    plan.write(folder)
    write_text_whole(folder / MLX_LORA, mlx_lora_yaml(plan))


def _queued(plan: RunPlan) -> Queued:
    return Queued(
        adapter_name=plan.config.adapter_name,
        model_name=plan.model_name,
        data_name=plan.data_name,
        iterations=plan.config.iterations,
    )


class SessionStore:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._folded: dict[str, _Folded] = {}
        self._folding = threading.Lock()

    def create(self, plan: RunPlan) -> str:
        """A folder appears whole, with its plan and its `queued` event, or not at all."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        session_id = f"{stamp}-{secrets.token_hex(3)}"
        making = self.root / f".{session_id}"
        making.mkdir(parents=True)
        try:
            _write(plan, making)
            (making / LOG).touch()
            append_event(making, _queued(plan))
            making.rename(self.root / session_id)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)
            raise
        return session_id

    def folder(self, session_id: str) -> Path:
        folder = self.root / session_id
        if not SESSION_ID.fullmatch(session_id) or not (folder / EVENTS).is_file():
            raise SessionNotFound(f"There is no session '{session_id}'.")
        return folder

    def exists(self, session_id: str) -> bool:
        return (self.root / session_id / EVENTS).is_file()

    def append(self, session_id: str, event: Event) -> None:
        append_event(self.folder(session_id), event)

    def plan(self, session_id: str) -> RunPlan:
        return RunPlan.read(self.folder(session_id))

    def rewrite(self, session_id: str, plan: RunPlan) -> None:
        """Put another plan in the place of a session's that is not at work."""
        _write(plan, self.folder(session_id))

    def requeue(self, session_id: str, plan: RunPlan) -> None:
        """The same, where the session has not begun and only now becomes what it will be."""
        self.rewrite(session_id, plan)
        self.append(session_id, _queued(plan))

    def config_yaml(self, session_id: str) -> str:
        """The settings alone, which TrainingConfig reads again."""
        return to_yaml(self.plan(session_id).config.model_dump(mode="json"))

    def mlx_lora_yaml(self, session_id: str) -> str:
        return (self.folder(session_id) / MLX_LORA).read_text(encoding="utf-8")

    def get(self, session_id: str) -> Session:
        folder = self.folder(session_id)
        try:
            return self._fold(session_id, folder)
        except (ValueError, KeyError) as error:
            raise LogDamaged(folder / EVENTS) from error

    def _fold(self, session_id: str, folder: Path) -> Session:
        with self._folding:
            folded = self._folded.get(session_id)
            lines, offset = jsonl.read(folder / EVENTS, folded.offset if folded else 0)
            if folded and any(RESUMED_MARK in line for line in lines):
                folded = None  # what was folded may be void now
                lines, offset = jsonl.read(folder / EVENTS)
            events = _telling(lines)
            if folded is None and not events:
                raise SessionNotFound(f"The session '{session_id}' has no events; its folder is not whole.")
            if folded is None:
                folded = self._folded[session_id] = _Folded(fold.begin(session_id, events.pop(0)), offset)
            for event in events:
                fold.advance(folded.session, event)
            folded.offset = offset
            return folded.session.model_copy()

    def ids(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return sorted((path.parent.name for path in self.root.glob(f"[!.]*/{EVENTS}")), reverse=True)

    def sessions(self) -> list[Session]:
        """Newest first."""
        return self._read(self.ids())

    def _read(self, session_ids: list[str]) -> list[Session]:
        """Newest first. A folder that cannot be read does not hide the others."""
        sessions = []
        for session_id in session_ids:
            try:
                sessions.append(self.get(session_id))
            except (AppError, OSError, ValueError, KeyError) as error:
                logger.warning("Session %s cannot be read: %r", session_id, error)
        return sorted(sessions, key=lambda session: session.created_at, reverse=True)

    def unfinished(self) -> list[Session]:
        """Sessions that wait or train, in the order in which they were made."""
        open_ids = [each for each in self.ids() if not _at_rest(jsonl.last(self.root / each / EVENTS) or b"")]
        return self._read(open_ids)[::-1]

    def sweep(self) -> None:
        """Remove what was half made or half deleted when a server ended."""
        for folder in self.root.glob(".*"):
            if LEFTOVER.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def events(self, session_id: str, after: int = 0) -> list[TrainingEvent]:
        lines, _ = jsonl.read(self.folder(session_id) / EVENTS)
        events = []
        for line in lines[after:]:
            with suppress(ValidationError):
                events.append(training_event.validate_json(line))
        return events

    def course(self, session_id: str, points: int) -> Course:
        log = self.folder(session_id) / EVENTS
        state = log.stat()
        return _course(log, (state.st_ino, state.st_size, state.st_mtime_ns), points)

    async def follow(self, session_id: str, after: int = 0) -> AsyncIterator[str]:
        """Lines of events newer than `after`, as they come; ends where the session comes to rest or is deleted."""
        async for line in event_log.follow(self.folder(session_id) / EVENTS, after, _at_rest):
            yield line

    def log(self, session_id: str, tail_bytes: int) -> str:
        """The end of the worker's output, from the start of a line."""
        return event_log.tail(self.folder(session_id) / LOG, tail_bytes)

    def delete(self, session_id: str) -> None:
        """At once as seen from outside: the folder is renamed away, then removed."""
        folder = self.folder(session_id)
        self._folded.pop(session_id, None)
        away = self.root / f".deleted-{session_id}"
        folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)

"""Jobs on disk: artifacts/.jobs/<id>/{job.json, events.jsonl, output.log} and what the job makes.

The event log is the truth; what is kept in memory is a fold over it that any other process could redo.
"""

import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from backend import event_log, jsonl
from backend.errors import AppError, NotFound
from backend.event_log import Event
from backend.jobs import fold
from backend.jobs.events import JobEvent, JobQueued, job_event
from backend.jobs.schemas import Job, JobRecord
from backend.whole_files import write_text_whole

RECORD = "job.json"
EVENTS = "events.jsonl"
LOG = "output.log"
FINISHED_MARK = b',"type":"finished",'
JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LEFTOVER = re.compile(r"\.(deleted-)?\d{8}-\d{6}-[0-9a-f]{6}")

logger = logging.getLogger(__name__)


class JobNotFound(NotFound):
    code = "job_not_found"


class JobDamaged(AppError):
    """What a job's folder says cannot be read."""

    status_code = 500
    code = "job_damaged"


@dataclass
class _Folded:
    job: Job
    offset: int


def append_event(job_folder: Path, event: Event) -> None:
    """Stamp and append one event; safe from several processes at once. Raises OSError when it cannot be written."""
    event_log.append(job_folder / EVENTS, event)


def read_record(job_folder: Path) -> JobRecord:
    return JobRecord.model_validate_json((job_folder / RECORD).read_bytes())


def _finished(last_line: bytes) -> bool:
    return FINISHED_MARK in last_line


def _parsed(job_id: str, lines: list[bytes]) -> list[JobEvent]:
    try:
        return [job_event.validate_json(line) for line in lines]
    except ValidationError as error:
        raise JobDamaged(
            f"The log of the job '{job_id}' is damaged: a line of its {EVENTS} is no event. Delete the job, and start "
            "it again if you need what it was for."
        ) from error


class JobStore:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._folded: dict[str, _Folded] = {}
        self._folding = threading.Lock()

    def create(self, record: JobRecord) -> str:
        """A folder appears whole, with its record and its `queued` event, or not at all."""
        job_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        making = self.root / f".{job_id}"
        making.mkdir(parents=True)
        try:
            write_text_whole(making / RECORD, record.model_dump_json(indent=1) + "\n")
            (making / LOG).touch()
            append_event(making, JobQueued())
            making.rename(self.root / job_id)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)
            raise
        return job_id

    def folder(self, job_id: str) -> Path:
        folder = self.root / job_id
        if not JOB_ID.fullmatch(job_id) or not (folder / EVENTS).is_file():
            raise JobNotFound(f"There is no job '{job_id}'.")
        return folder

    def exists(self, job_id: str) -> bool:
        return (self.root / job_id / EVENTS).is_file()

    def append(self, job_id: str, event: Event) -> None:
        append_event(self.folder(job_id), event)

    def record(self, job_id: str) -> JobRecord:
        return read_record(self.folder(job_id))

    def get(self, job_id: str) -> Job:
        folder = self.folder(job_id)
        with self._folding:
            folded = self._folded.get(job_id)
            lines, offset = jsonl.read(folder / EVENTS, folded.offset if folded else 0)
            events = _parsed(job_id, lines)
            if folded is None and not events:
                raise JobNotFound(f"The job '{job_id}' has no events; its folder is not whole.")
            if folded is None:
                folded = self._folded[job_id] = _Folded(fold.begin(job_id, read_record(folder), events.pop(0)), offset)
            for event in events:
                fold.advance(folded.job, event)
            folded.offset = offset
            return folded.job.model_copy()

    def jobs(self, kind: str | None = None) -> list[Job]:
        """Newest first; of one kind, or all. A folder that cannot be read does not hide the others."""
        jobs = []
        for path in self.root.glob(f"[!.]*/{EVENTS}"):
            try:
                jobs.append(self.get(path.parent.name))
            except (AppError, OSError, ValidationError) as error:
                logger.warning("Job %s cannot be read: %r", path.parent.name, error)
        wanted = [job for job in jobs if kind in (None, job.kind)]
        return sorted(wanted, key=lambda job: job.created_at, reverse=True)

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        lines, _ = jsonl.read(self.folder(job_id) / EVENTS)
        return _parsed(job_id, lines)[after:]

    async def follow(self, job_id: str, after: int = 0) -> AsyncIterator[str]:
        """Lines of events newer than `after`, as they come; ends where the job ends or is deleted."""
        async for line in event_log.follow(self.folder(job_id) / EVENTS, after, _finished):
            yield line

    def log(self, job_id: str, tail_bytes: int) -> str:
        return event_log.tail(self.folder(job_id) / LOG, tail_bytes)

    def delete(self, job_id: str) -> None:
        """At once as seen from outside: the folder is renamed away, then removed."""
        folder = self.folder(job_id)
        with self._folding:
            self._folded.pop(job_id, None)
        away = self.root / f".deleted-{job_id}"
        folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what was half made or half deleted when a server ended."""
        for folder in self.root.glob(".*"):
            if LEFTOVER.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

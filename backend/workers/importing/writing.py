"""Writes an import as a data set: a folder that appears whole, or not at all, and says what it was made from."""

import contextlib
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from backend.datasets.card import CARD, Card, CountedFile
from backend.datasets.importing.opening import Place
from backend.datasets.importing.pipeline import counted
from backend.datasets.importing.reporting import in_words, why_not
from backend.datasets.importing.schemas import ImportTask, WriteTarget
from backend.datasets.importing.shapes import written_format
from backend.datasets.placing import MAKING, place
from backend.datasets.schemas import DatasetSource, SourceFile, Split
from backend.errors import AppError
from backend.settings import VERSION
from backend.whole_files import flush, write_text_whole
from backend.workers.importing.going_through import UNIT, Passage, go_through, prepare
from backend.workers.importing.sinks import Files
from backend.workers.job import JobReporter

State = tuple[int, int]


def write(task: ImportTask, target: WriteTarget, reporter: JobReporter) -> str:
    """Raises AppError for the first row that nobody chose anything for, with its place."""
    if not task.draft_folder.exists():
        return _written_before(target)
    with _making(target) as folder, contextlib.closing(Files(folder, task.plan.split)) as files:
        passage = prepare(task)
        before = _states(passage)
        reporter.progress(0, passage.bytes, UNIT, "Reading the source's hash")
        source = _source(task, passage)
        outcome = go_through(task, passage, files, reporter, stop_at_once=True)
        reporter.progress(passage.bytes - 1, passage.bytes, UNIT, "Writing the data set")
        splits = files.finish()
        if problem := why_not(outcome, splits):
            raise AppError(f"{problem} Nothing was written.", code="no_rows")
        if _states(passage) != before:
            raise AppError("The source has changed while it was read. Nothing was written; write it again.")
        done = in_words(task.plan, passage.mapping, passage.detected, outcome, splits)
        write_text_whole(folder / CARD, _card(folder, source, passage, splits, done))
        flush(folder)
        written = place(folder, target.name, target.on_existing)
    shutil.rmtree(task.draft_folder, ignore_errors=True)
    reporter.progress(passage.bytes, passage.bytes, UNIT, "Written")
    return f"{written.name} has {counted(splits)}."


def _written_before(target: WriteTarget) -> str:
    """The server ended between the data set's last step and the job's."""
    return f"{target.name} is written."


@contextlib.contextmanager
def _making(target: WriteTarget) -> Iterator[Path]:
    """A new folder beside the data sets, gone again unless it was given its name; also when the job is cancelled."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    folder = target.datasets / f"{MAKING}{target.name}"
    shutil.rmtree(folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, end)
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _card(folder: Path, source: DatasetSource, passage: Passage, splits: dict[Split, int], done: list[str]) -> str:
    card = Card(
        format=written_format(passage.mapping),
        source=source,
        done=done,
        created_at=time.time(),
        version=VERSION,
        files={split: _counted(folder / f"{split}.jsonl", rows) for split, rows in splits.items()},
    )
    return card.model_dump_json(indent=1, exclude_none=True, exclude={"suggested", "examples"}) + "\n"


def _counted(file: Path, rows: int) -> CountedFile:
    state = file.stat()
    return CountedFile(rows=rows, bytes=state.st_size, modified_ns=state.st_mtime_ns)


def _source(task: ImportTask, passage: Passage) -> DatasetSource:
    """Archives are named once, whatever is read of them."""
    places = {_on_disk(it.place): it.place for it in passage.sources if it.place is not None}
    files = [
        SourceFile(name=name, sha256=_sha256(it.path), bytes=it.path.stat().st_size) for name, it in places.items()
    ]
    in_place = not any(it.place and it.place.path.is_relative_to(task.draft_folder) for it in passage.sources)
    first = next(iter(places.values())).path
    return DatasetSource(
        files=files, path=os.path.commonpath([first, *(it.path for it in places.values())]) if in_place else None
    )


def _on_disk(place: Place | None) -> str:
    assert place is not None
    return place.name.removesuffix(f"/{place.member}") if place.member else place.name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _states(passage: Passage) -> dict[Path, State]:
    """Size and time of change of every file that is read."""
    states = {it.place.path: it.place.path.stat() for it in passage.sources if it.place is not None}
    return {path: (it.st_size, it.st_mtime_ns) for path, it in states.items()}

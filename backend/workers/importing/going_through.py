"""One pass over every row of an import, with progress in bytes of its source."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from backend.datasets.importing.drafts import DraftStore
from backend.datasets.importing.pipeline import (
    Detected,
    Outcome,
    Pipeline,
    Sink,
    chosen_sources,
    detect,
    first_records,
    unit_of,
)
from backend.datasets.importing.schemas import ImportTask, Mapping
from backend.datasets.importing.sources import Source, sources_at
from backend.errors import AppError
from backend.workers.importing.lengths import judge_for
from backend.workers.job import JobReporter

UNIT = "bytes"


class NotUnderstood(AppError):
    code = "not_understood"


@dataclass(frozen=True)
class Passage:
    """What is read, and what it is taken for."""

    sources: Sequence[Source]
    detected: Detected
    mapping: Mapping

    @property
    def bytes(self) -> int:
        return sum(it.file.bytes for it in self.sources)


def prepare(task: ImportTask) -> Passage:
    """Raises AppError where nothing can be read, or where it is not known what the columns mean."""
    store = DraftStore(task.draft_folder.parent)
    sources = chosen_sources(sources_at(store.place(task.draft_id)), task.plan.files)
    looked_at = [record for _, record in first_records(sources, unit_of(task.plan.mapping))]
    detected = detect(looked_at, task.plan.mapping)
    if detected.mapping is None:
        columns = ", ".join(itertools.islice(detected.columns, 12))
        if not columns:
            raise NotUnderstood(
                f"No row could be read from the beginning of {sources[0].file.name}, so that nothing was detected. "
                "Choose a shape and its columns, and the check says line by line what is wrong."
            )
        raise NotUnderstood(
            f"What the columns of this data mean is not known; they are {columns}. Say on the Data page which column "
            "holds what, or in the plan's mapping."
        )
    return Passage(sources, detected, detected.mapping)


def go_through(task: ImportTask, passage: Passage, sink: Sink, reporter: JobReporter, stop_at_once: bool) -> Outcome:
    judge = judge_for(task, passage.mapping)
    pipeline = Pipeline(passage.sources, task.plan, passage.mapping, sink, judge, stop_at_once)

    def progress(done: int, source: Source) -> None:
        reporter.progress(min(done, passage.bytes - 1), passage.bytes, UNIT, f"Reading {source.file.name}")

    return pipeline.run(progress)

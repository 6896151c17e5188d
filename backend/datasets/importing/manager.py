"""Brings data in: drafts, a look at their first rows, and the jobs that check and write them. Reads no whole file."""

import os
import stat
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from backend import folders
from backend.datasets.importing import look as looking
from backend.datasets.importing.conversion import Converter
from backend.datasets.importing.drafts import DraftRecord, DraftStore
from backend.datasets.importing.file_names import (
    check_file_name,
    kind_by_name,
    packed_by_name,
    stem,
    usable_name,
)
from backend.datasets.importing.findings import complete
from backend.datasets.importing.pipeline import chosen_sources
from backend.datasets.importing.schemas import (
    ImportDraft,
    ImportLook,
    ImportPlan,
    ImportReport,
    ImportTask,
    LookRequest,
    NewImport,
    Origin,
    WriteRequest,
    WriteTarget,
)
from backend.datasets.importing.sources import Source, sniff_kind, sources_at
from backend.datasets.library import DatasetLibrary
from backend.datasets.placing import OnExisting, sweep
from backend.errors import AppError, Conflict, FieldError
from backend.jobs.kinds import JobKind
from backend.jobs.manager import JobManager
from backend.jobs.schemas import ENDED_STATES, Job
from backend.names import check_new_name
from backend.settings import Settings

CHECK = "import_check"
WRITE = "import"
WORKER = "backend.workers.import_data"
ENDINGS = {"jsonl": "jsonl", "json": "json", "csv": "csv", "text": "txt"}


class ImportBusy(Conflict):
    code = "import_busy"


async def _no_room_needed(task: ImportTask) -> None:
    """An import takes little memory, whatever it reads."""


class ImportManager:
    """`model_folder` finds a model by its name, for rows longer than its context. Raises AppError where it cannot."""

    def __init__(
        self,
        settings: Settings,
        jobs: JobManager,
        library: DatasetLibrary,
        model_folder: Callable[[str], Path],
    ) -> None:
        self._settings = settings
        self._jobs = jobs
        self._library = library
        self._model_folder = model_folder
        self._drafts = DraftStore(settings.artifacts / ".imports")
        self._uploads: Counter[str] = Counter()
        for kind in (CHECK, WRITE):
            jobs.register(JobKind(kind, WORKER, ImportTask, _no_room_needed))

    def start(self) -> None:
        """Put right what an earlier server left. The home has to be claimed already, and jobs not yet begun."""
        self._drafts.sweep()
        unfinished = [job.id for job in self._jobs.jobs(WRITE) if job.state not in ENDED_STATES]
        tasks = [ImportTask.model_validate(self._jobs.store.record(it).settings) for it in unfinished]
        sweep(self._settings.datasets, {task.write.name for task in tasks if task.write})

    def begin(self, new: NewImport) -> ImportDraft:
        if new.path is not None and new.text is not None:
            raise FieldError("path", "Give a path or text, not both.")
        if new.path is not None:
            return self._begin_in_place(new.path, new.name)
        name = new.name.strip() if new.name else None
        origin: Origin = "upload" if new.text is None else "paste"
        draft_id = self._drafts.create(DraftRecord(created_at=time.time(), origin=origin, name=name))
        if new.text is not None:
            try:
                self._paste(draft_id, new.text, name)
            except (AppError, OSError):
                self._drafts.delete(draft_id)
                raise
        return self.get(draft_id)

    async def upload(self, draft_id: str, name: str, chunks: AsyncIterator[bytes]) -> ImportDraft:
        check_file_name(name)
        if self._drafts.record(draft_id).path is not None:
            raise ImportBusy("This import reads a path in place; begin another one to upload files.")
        self._uploads[draft_id] += 1
        try:
            self._check_idle(draft_id)
            await self._drafts.receive(draft_id, name, chunks)
        finally:
            self._uploads[draft_id] -= 1
        return self.get(draft_id)

    def list(self) -> "list[ImportDraft]":
        """The newest first. One that cannot be read does not hide the others."""
        drafts = []
        for draft_id in self._drafts.ids():
            try:
                drafts.append(self.get(draft_id))
            except AppError:
                continue
        return drafts

    def get(self, draft_id: str) -> ImportDraft:
        record = self._drafts.record(draft_id)
        try:
            sources, problem = self._sources(draft_id), None
        except AppError as error:
            sources, problem = (), error.detail
        return ImportDraft(
            id=draft_id,
            created_at=record.created_at,
            origin=record.origin,
            path=folders.shown(record.path) if record.path else None,
            suggested_name=_suggested_name(record, sources),
            files=[it.file for it in sources],
            problem=problem,
            check_job=self._existing(record.check_job),
            write_job=self._existing(record.write_job),
        )

    def delete(self, draft_id: str) -> None:
        self._drafts.folder(draft_id)
        self._check_idle(draft_id)
        self._drafts.delete(draft_id)

    def look(self, draft_id: str, request: LookRequest) -> ImportLook:
        return looking.look(chosen_sources(self._sources(draft_id), request.files), request.mapping)

    def check(self, draft_id: str, plan: ImportPlan) -> Job:
        """Raises AppError for whatever is wrong with the plan itself."""
        task = self._task(draft_id, plan)
        job = self._jobs.submit(CHECK, f"Check {self.get(draft_id).suggested_name}", task)
        self._drafts.change(draft_id, check_job=job.id)
        return job

    def report(self, draft_id: str) -> ImportReport:
        return self._drafts.report(draft_id)

    def write(self, draft_id: str, request: WriteRequest) -> Job:
        self._check_name(request.name, request.on_existing)
        task = self._task(draft_id, request.plan)
        task.write = WriteTarget(datasets=self._settings.datasets, name=request.name, on_existing=request.on_existing)
        job = self._jobs.submit(WRITE, f"Import {request.name}", task)
        self._drafts.change(draft_id, write_job=job.id)
        return job

    async def import_at_once(
        self, files: Sequence[tuple[str, AsyncIterator[bytes]]], name: str, plan: str | None, on_existing: OnExisting
    ) -> Job:
        """`files` with their names. The draft goes where nothing can become of it, and stays for a choice."""
        _check_names_differ([file_name for file_name, _ in files])
        request = WriteRequest(name=name, plan=_plan(plan), on_existing=on_existing)
        self._check_name(name, on_existing)
        draft = self.begin(NewImport(name=name))
        try:
            for file_name, chunks in files:
                await self.upload(draft.id, file_name, chunks)
            return self.write(draft.id, request)
        except (AppError, OSError):
            self._drafts.delete(draft.id)
            raise

    def _begin_in_place(self, given: str, name: str | None) -> ImportDraft:
        path = folders.find(self._settings.datasets, self._settings.home, given)
        if path is None:
            raise FieldError("path", f"There is nothing at {folders.shown(given)[:200]}.", code="data_not_found")
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise FieldError("path", f"{folders.shown(path)} is neither a file nor a folder.")
        if not os.access(path, os.R_OK):
            raise FieldError("path", f"{folders.shown(path)} cannot be read: permission denied.")
        sources_at(path)
        record = DraftRecord(created_at=time.time(), origin="path", path=path.absolute(), name=name)
        return self.get(self._drafts.create(record))

    def _paste(self, draft_id: str, text: str, name: str | None) -> None:
        if not text.strip():
            raise FieldError("text", "There is no text.")
        kind = sniff_kind(text)
        if kind is None:
            raise FieldError("text", "This does not look like text.")
        known = name is not None and kind_by_name(name) not in (None, "parquet") and packed_by_name(name) is None
        file = name if known and name else f"{usable_name(name or 'pasted')}.{ENDINGS[kind]}"
        check_file_name(file)
        if "/" in file:
            raise FieldError("name", "Pasted text is one file; give it a name without folders.")
        self._drafts.paste(draft_id, file, text)

    def _task(self, draft_id: str, plan: ImportPlan) -> ImportTask:
        self._check_idle(draft_id)
        if self._uploads[draft_id]:
            raise ImportBusy("A file is on its way into this import; wait for it, or cancel it first.")
        chosen_sources(self._sources(draft_id), plan.files)
        choices = complete(plan.choices)
        if plan.mapping is not None:
            Converter(plan.mapping, choices, plan.rules)
        if (plan.model_name is None) != (plan.max_seq_length is None):
            field = "max_seq_length" if plan.max_seq_length is None else "model_name"
            raise FieldError(field, "To look for rows longer than the context, name a model and a length.")
        folder = self._model_folder(plan.model_name) if plan.model_name is not None else None
        return ImportTask(draft_id=draft_id, draft_folder=self._drafts.folder(draft_id), plan=plan, model_folder=folder)

    def _sources(self, draft_id: str) -> Sequence[Source]:
        return sources_at(self._drafts.place(draft_id))

    def _check_name(self, name: str, on_existing: OnExisting) -> None:
        check_new_name(name, "name")
        if on_existing == "refuse" and self._library.has(name):
            raise FieldError(
                "name",
                f"There is a data set {name} already. Choose another name, or say on_existing 'new_name' or 'replace'.",
                status_code=409,
                code="name_taken",
            )
        if on_existing == "replace":
            self._library.check_unused(name)

    def _check_idle(self, draft_id: str) -> None:
        record = self._drafts.record(draft_id)
        for job_id in (record.check_job, record.write_job):
            if self._existing(job_id) and job_id and self._jobs.get(job_id).state not in ENDED_STATES:
                raise ImportBusy("A job works on this import; wait for it, or cancel it first.")

    def _existing(self, job_id: str | None) -> str | None:
        return job_id if job_id is not None and self._jobs.store.exists(job_id) else None


def _suggested_name(record: DraftRecord, sources: Sequence[Source]) -> str:
    if record.name:
        return usable_name(stem(record.name))
    taken = [it.file.name for it in sources if it.file.taken]
    name = stem(record.path.name) if record.path else stem(taken[0]) if taken else "data"
    if record.path is not None and record.path.is_file() and name.lower() in ("train", "test", "valid", "data"):
        name = record.path.parent.name
    return usable_name(name)


def _check_names_differ(names: Sequence[str]) -> None:
    """Many disks take no account of capitals."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise FieldError(
                "files", f"Two files are called {name}, and one would take the other's place; rename one of them."
            )
        seen.add(name.casefold())


def _plan(text: str | None) -> ImportPlan:
    if text is None or not text.strip():
        return ImportPlan()
    try:
        return ImportPlan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["plan", *map(str, first["loc"])])
        raise FieldError(where, f"{where}: {first['msg']}.", status_code=422, code="invalid_body") from error

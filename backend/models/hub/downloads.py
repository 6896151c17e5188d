"""Starts downloads of base models and answers what the hub and its cache here have. The worker downloads."""

import asyncio
import re
from collections.abc import Sequence

from pydantic import ValidationError

from backend.errors import Conflict, FieldError
from backend.jobs.kinds import JobKind
from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job
from backend.jobs.store import JobDamaged, JobNotFound
from backend.models.disk_room import free_bytes, no_room
from backend.models.hub import staging
from backend.models.hub.cache import cached_models
from backend.models.hub.client import Repository, look_up
from backend.models.hub.curated import curated_models
from backend.models.hub.schemas import CachedModel, CuratedModel, DownloadPlan, DownloadRequest, HubModel
from backend.models.library import ModelLibrary, NameTaken
from backend.models.origin import SHORT_COMMIT, with_revision
from backend.settings import Settings

KIND = "download"
WORKER = "backend.workers.download"
REPO_ID = re.compile(r"([A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
PAUSES_SECONDS = (1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60, 60)
"""After attempts in a row that brought nothing: about seven minutes without a connection, and it gives up."""


class DownloadRunning(Conflict):
    code = "download_running"


async def _no_room_needed(plan: DownloadPlan) -> None:
    return None


class Downloads:
    """`pauses_seconds` are those between attempts that bring nothing."""

    def __init__(
        self,
        settings: Settings,
        library: ModelLibrary,
        jobs: JobManager,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    ) -> None:
        self._folder = settings.base_models
        self._library = library
        self._jobs = jobs
        self._pauses_seconds = list(pauses_seconds)
        kind = JobKind(KIND, WORKER, DownloadPlan, _no_room_needed, can_pause=True, discard=self._discard, online=True)
        jobs.register(kind)

    def sweep(self) -> None:
        """Remove the files of downloads whose job is gone, or will not be resumed."""
        staging.sweep(self._folder, {job.id for job in self._jobs.jobs(KIND) if job.state != "cancelled"})

    def cached(self) -> list[CachedModel]:
        return cached_models(self._library.name_of)

    def curated(self) -> list[CuratedModel]:
        return curated_models(self._library.name_of_repository)

    async def look(self, repo_id: str, revision: str | None) -> HubModel:
        """What a download would bring, and what stands in its way. Raises HubRefused."""
        found = await asyncio.to_thread(look_up, checked_repo_id(repo_id), revision or None)
        copies = self._library.copies_of(found.repo_id)
        same = next((name for name, commit in copies.items() if commit in (found.commit, None)), None)
        name = self._name(found)
        earlier = self._unfinished(name)
        in_the_way = _in_the_way(*earlier) if earlier and earlier[1].commit != found.commit else None
        here = staging.staged_bytes(self._folder, earlier[0].id) if earlier and not in_the_way else 0
        problem = found.problem or in_the_way or no_room(self._folder, found.repo_id, found.bytes - here)
        return HubModel(
            repo_id=found.repo_id,
            revision=found.commit,
            name=name,
            model_type=found.model_type,
            licence=found.licence,
            gated=found.gated,
            files=found.files,
            download_bytes=found.bytes,
            free_bytes=free_bytes(self._folder),
            already_bytes=here,
            in_library=same,
            other_revision=None if same else next(iter(copies), None),
            problem=problem.detail if problem else None,
        )

    async def start(self, request: DownloadRequest) -> Job:
        """Ask the hub, see that there is room, and queue the download; one that was interrupted goes on.

        Raises AppError: what the hub refuses, a taken name, a full disk, or a download that goes on already.
        """
        repo_id = checked_repo_id(request.repo_id)
        field = "name" if request.name else "repo_id"
        if self._unfinished(request.name or folder_name(repo_id)) is None:
            self._library.free_name(request.name or folder_name(repo_id), field)
        found = await asyncio.to_thread(look_up, repo_id, request.revision or None)
        name = request.name or folder_name(found.repo_id)
        # From here on nothing is awaited, so that of several who ask for the same only one is first.
        if (earlier := self._unfinished(name)) is not None:
            return await self._again(*earlier, found, request.revision)
        self._library.free_name(name, field)
        if found.problem is not None:
            raise found.problem
        if (full := no_room(self._folder, found.repo_id, found.bytes)) is not None:
            raise full
        plan = DownloadPlan(
            repo_id=found.repo_id,
            revision=request.revision,
            commit=found.commit,
            name=name,
            library=str(self._folder),
            files=found.files,
            pauses_seconds=self._pauses_seconds,
        )
        return self._jobs.submit(KIND, found.repo_id, plan)

    def _unfinished(self, name: str) -> tuple[Job, DownloadPlan] | None:
        """The download that will make the folder `name`, or would if it were resumed."""
        for job in self._jobs.jobs(KIND):
            if job.state in ("completed", "cancelled"):
                continue
            if (plan := self._plan(job)) is not None and plan.name == name:
                return job, plan
        return None

    async def _again(self, job: Job, plan: DownloadPlan, found: Repository, revision: str | None) -> Job:
        if plan.repo_id != found.repo_id or (plan.commit != found.commit and plan.revision != revision):
            raise _in_the_way(job, plan)
        if job.can_resume:
            return await self._jobs.resume(job.id)
        raise DownloadRunning(f"{found.repo_id} is being downloaded already.")

    def _name(self, found: Repository) -> str:
        """The usual one, or where something else has it, that with the commit behind it."""
        usual = folder_name(found.repo_id)
        taken = self._library.has(usual) and self._unfinished(usual) is None
        return with_revision(usual, found.commit) if taken else usual

    def _plan(self, job: Job) -> DownloadPlan | None:
        try:
            return DownloadPlan.model_validate(self._jobs.store.record(job.id).settings)
        except (ValidationError, OSError, JobNotFound, JobDamaged):
            return None

    def _discard(self, job_id: str) -> None:
        staging.discard(self._folder, job_id)


def _in_the_way(job: Job, plan: DownloadPlan) -> NameTaken:
    end = "discard" if job.state == "failed" else "cancel"
    onward = f"go on with it or {end} it" if job.can_resume else f"let it end or {end} it"
    return NameTaken(
        "name",
        f"A download of {plan.repo_id} at commit {plan.commit[:SHORT_COMMIT]} into the same folder is {job.state}. "
        f"Under Models, {onward}; then look again.",
        status_code=409,
    )


def checked_repo_id(text: str) -> str:
    """Raises FieldError for what cannot be the name of a repository."""
    repo_id = text.strip()
    if not REPO_ID.fullmatch(repo_id) or ".." in repo_id:
        raise FieldError(
            "repo_id",
            f"'{repo_id}' is no repository id: it looks like owner/name, as on the hub.",
            code="invalid_repo_id",
        )
    return repo_id


def folder_name(repo_id: str) -> str:
    return repo_id.replace("/", "--")

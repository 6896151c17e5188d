"""Downloads of base models."""

from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job
from backend.models.hub.schemas import CachedModel, CuratedModel, DownloadRequest, HubModel
from backend.models.library import ModelLibrary
from backend.settings import Settings


class Downloads:
    def __init__(self, settings: Settings, library: ModelLibrary, jobs: JobManager) -> None:
        self._settings = settings

    def cached(self) -> list[CachedModel]:
        raise NotImplementedError

    def curated(self) -> list[CuratedModel]:
        raise NotImplementedError

    async def look(self, repo_id: str, revision: str | None) -> HubModel:
        raise NotImplementedError

    async def start(self, request: DownloadRequest) -> Job:
        raise NotImplementedError

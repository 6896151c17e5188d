"""A home, its API for bringing data in, and the real workers behind it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.datasets.importing.manager import ImportManager
from backend.datasets.importing.routes import router as imports_router
from backend.datasets.library import DatasetLibrary
from backend.datasets.routes import router as datasets_router
from backend.jobs.manager import JobManager
from backend.jobs.routes import router as jobs_router
from backend.models.library import ModelLibrary
from backend.problems import answer_problems
from backend.settings import Settings


@dataclass
class Desk:
    settings: Settings
    app: FastAPI
    client: httpx.AsyncClient
    jobs: JobManager
    library: DatasetLibrary

    async def call(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.client.request(method, f"/api{path}", **body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def begin(self, path: Path) -> str:
        draft = await self.call("POST", "/imports", 201, json={"path": str(path)})
        return str(draft["id"])

    async def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while job["finished_at"] is None:
                await asyncio.sleep(0.05)
                job = await self.call("GET", f"/jobs/{job['id']}")
        return job

    async def check(self, draft: str, **plan: Any) -> dict[str, Any]:
        job = await self.ended(await self.call("POST", f"/imports/{draft}/check", 201, json=plan))
        assert job["state"] == "completed", job["reason"]
        report: dict[str, Any] = await self.call("GET", f"/imports/{draft}/report")
        return report

    async def write(self, draft: str, name: str, on_existing: str = "refuse", **plan: Any) -> dict[str, Any]:
        body = {"name": name, "plan": plan, "on_existing": on_existing}
        return await self.ended(await self.call("POST", f"/imports/{draft}/write", 201, json=body))

    @property
    def tree(self) -> list[str]:
        """Every file of drafts and data sets."""
        roots = (self.settings.artifacts / ".imports", self.settings.datasets)
        files = (file for root in roots for file in root.rglob("*") if file.is_file())
        return sorted(str(file.relative_to(self.settings.artifacts)) for file in files)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    app = FastAPI()
    answer_problems(app)
    for router in (imports_router, datasets_router, jobs_router):
        app.include_router(router, prefix="/api")
    jobs, library = JobManager(settings), DatasetLibrary(settings)
    models = ModelLibrary(settings)
    imports = ImportManager(settings, jobs, library, lambda name: models.resolve(name, "model_name"))
    app.state.settings = settings
    app.state.imports, app.state.datasets, app.state.jobs = imports, library, jobs
    imports.start()
    jobs.start()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Desk(settings, app, client, jobs, library)
    await jobs.close()

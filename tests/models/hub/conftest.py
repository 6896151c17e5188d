"""A hub on this machine with a model of a few megabytes, and downloads from it by the real worker."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.jobs.events import JobSpawned
from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job
from backend.models.hub.downloads import Downloads
from backend.models.hub.schemas import DownloadRequest
from backend.models.library import ModelLibrary
from backend.settings import Settings
from tests.hub.repo import Repo, repo_of
from tests.hub.server import Hub, serving
from tests.tiny_models import CONFIGS, make_model

REPO = "org/model"
NAME = "org--model"
SHAPE = {**CONFIGS["qwen2"], "hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 2}
WANTED = {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
PAUSES_SECONDS = (0.2, 0.2, 0.4, 0.4, 0.4)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "model", SHAPE)


@pytest.fixture
def hub(model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    files = repo_of(model_folder).files
    files |= {
        "README.md": b"---\nlicense: apache-2.0\n---\n",
        "pytorch_model.bin": b"pickle",
        "modeling.py": b"import os",
    }
    with serving(Hub({REPO: Repo(files)})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield hub


class Studio:
    """What a server has of downloads. `die` is what a killed one does: its worker goes on, and nobody watches it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.library = ModelLibrary(settings)
        self.jobs = JobManager(settings)
        self.downloads = Downloads(settings, self.library, self.jobs, PAUSES_SECONDS)
        self.jobs.start()
        self.downloads.sweep()

    async def start(self, **changes: Any) -> Job:
        return await self.downloads.start(DownloadRequest(**{"repo_id": REPO, **changes}))

    async def until(self, job_id: str, holds: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(60):
            while not holds(job := self.jobs.get(job_id)):
                await asyncio.sleep(0.02)
        return job

    async def ended(self, job_id: str) -> Job:
        return await self.until(job_id, lambda job: job.finished_at is not None)

    async def at_rest(self, job_id: str) -> Job:
        return await self.until(job_id, lambda job: job.state in ("paused", "completed", "failed", "cancelled"))

    async def until_here(self, job_id: str, count: int) -> None:
        """Until so many bytes of the job's files are on the disk, or it has come to rest."""
        folder = self.settings.base_models / f".downloading-{job_id}"
        async with asyncio.timeout(60):
            while _bytes_in(folder) < count and self.jobs.get(job_id).state in ("queued", "running"):
                await asyncio.sleep(0.005)

    def worker(self, job_id: str) -> psutil.Process | None:
        spawned = [event for event in self.jobs.store.events(job_id) if isinstance(event, JobSpawned)]
        try:
            return psutil.Process(spawned[-1].pid) if spawned else None
        except psutil.NoSuchProcess:
            return None

    def kill_worker(self, job_id: str) -> None:
        if (worker := self.worker(job_id)) is not None:
            os.kill(worker.pid, signal.SIGKILL)

    async def die(self) -> None:
        for runner in self.jobs._runners.values():
            assert runner._work is not None
            runner._work.cancel()
            await asyncio.gather(runner._work, return_exceptions=True)

    async def close(self) -> None:
        for job in self.jobs.jobs():
            if job.state in ("queued", "running"):
                self.jobs.cancel(job.id)
                await self.ended(job.id)
        await self.jobs.close()

    def files(self) -> dict[str, bytes]:
        """Of the model in the library."""
        return {file.name: file.read_bytes() for file in (self.settings.base_models / NAME).iterdir()}

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.settings.base_models.glob(".*"))


def wanted(hub: Hub) -> dict[str, bytes]:
    return {name: content for name, content in hub.repos[REPO].files.items() if name in WANTED}


def assert_whole(studio: Studio, hub: Hub) -> None:
    files = studio.files()
    origin = json.loads(files.pop("origin.json"))
    assert files == wanted(hub)
    assert (origin["repo_id"], origin["revision"]) == (REPO, hub.repos[REPO].commit)
    assert studio.leftovers() == []


def _bytes_in(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
async def studio(settings: Settings, hub: Hub) -> AsyncIterator[Studio]:
    studio = Studio(settings)
    yield studio
    await studio.close()

"""A home with small models and adapters, and the addresses of inference on it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from backend.adapters.library import AdapterLibrary
from backend.inference.manager import InferenceManager
from backend.inference.routes import router
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.problems import answer_problems
from backend.settings import Settings
from tests.tiny_adapters import ATTENTION, make_adapter
from tests.tiny_models import CONFIGS, make_model

TINY = {**CONFIGS["qwen2"], "num_hidden_layers": 4, "tie_word_embeddings": False}


@dataclass
class Studio:
    """A running inference feature: `ask` posts to it, greedy unless told otherwise."""

    settings: Settings
    manager: InferenceManager
    app: FastAPI
    client: httpx.AsyncClient

    async def post(self, body: dict[str, Any], address: str = "/api/models/inference") -> httpx.Response:
        return await self.client.post(address, json=body)

    async def ask(self, model_name: str = "tiny", adapter_name: str | None = None, **settings: Any) -> dict[str, Any]:
        defaults = {"prompt": "Hello there", "max_tokens": 24, "temperature": 0}
        answer = await self.post({**defaults, "model_name": model_name, "adapter_name": adapter_name, **settings})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def text(self, adapter_name: str | None = None, **settings: Any) -> str:
        return str((await self.ask(adapter_name=adapter_name, **settings))["response"])

    async def refusal(self, **settings: Any) -> tuple[int, str]:
        answer = await self.post({"prompt": "Hello there", "model_name": "tiny", "max_tokens": 8, **settings})
        assert answer.status_code != 200, answer.text
        return answer.status_code, answer.json()["detail"]

    async def compare(self, *adapters: str | None, **settings: Any) -> list[dict[str, Any]]:
        """All events of one comparison; the base is None."""
        answer = await self.client.post("/api/models/compare", json=comparison(*adapters, **settings))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event for line in answer.text.splitlines() if (event := event_of(line)) is not None]

    async def status(self) -> dict[str, Any]:
        body: dict[str, Any] = (await self.client.get("/api/inference")).json()
        return body

    def adapter(self, name: str, base: str = "tiny", **settings: Any) -> Path:
        return make_adapter(self.settings.adapters / name, self.settings.base_models / base, **settings)


def comparison(*adapters: str | None, **settings: Any) -> dict[str, Any]:
    """The body of a comparison, greedy unless told otherwise."""
    columns = [{"adapter_name": name} for name in adapters]
    return {
        "model_name": "tiny",
        "prompt": "Hello there",
        "max_tokens": 24,
        "temperature": 0,
        "columns": columns,
    } | settings


def event_of(line: str) -> dict[str, Any] | None:
    return json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else None


def worker() -> psutil.Process | None:
    """The inference worker that was started last."""
    started = [child for child in psutil.Process().children() if "backend.workers.infer" in child.cmdline()]
    return max(started, key=psutil.Process.create_time, default=None)


@asynccontextmanager
async def serving(app: FastAPI, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real server, over a real socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    task = asyncio.create_task(server.serve([listener]))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=address, **{"timeout": 60, **settings}) as client:
            yield client
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Models tiny, other (the same shapes), endless (a long context), plain (no chat template); adapters of tiny."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    tiny = make_model(settings.base_models / "tiny", TINY)
    make_model(settings.base_models / "other", TINY, seed=5)
    make_model(settings.base_models / "endless", {**TINY, "max_position_embeddings": 1_000_000})
    make_model(settings.base_models / "plain", TINY, chat_template=None)
    (settings.base_models / "linked").symlink_to(tiny)
    origin = {"base_model": "tiny", "base_fingerprint": fingerprint(tiny), "session_id": "s1"}
    make_adapter(settings.adapters / "one", tiny, seed=1, provenance=origin)
    make_adapter(settings.adapters / "two", tiny, seed=2, provenance=origin)
    make_adapter(settings.adapters / "before", tiny, keys=ATTENTION, rank=32, scale=32.0, num_layers=2, seed=3)
    return settings


@asynccontextmanager
async def running(home: Settings, **settings: Any) -> AsyncIterator[Studio]:
    inspector = Inspector(home.logs / "inspector.log")
    manager = InferenceManager(home, ModelLibrary(home), inspector, AdapterLibrary(home), **settings)
    app = FastAPI()
    app.state.inference, app.state.settings = manager, home
    answer_problems(app)
    app.include_router(router, prefix="/api")
    app.include_router(router)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://studio", timeout=120) as client:
        yield Studio(home, manager, app, client)
    await manager.close()
    await inspector.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(home: Settings) -> AsyncIterator[Studio]:
    async with running(home) as studio:
        yield studio

"""The whole application beside a hub on this machine: download, use, and deleting only what nothing uses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from backend.main import create_app
from backend.settings import Settings
from tests.hub.server import Hub
from tests.models.hub.conftest import NAME, REPO
from tests.tiny_models import make_model
from tests.training.conftest import write_chats

RUN = {
    "model_path": NAME,
    "train_data_path": "sums",
    "iterations": 4000,
    "batch_size": 2,
    "steps_per_eval": 4000,
    "save_every": 4000,
}


@asynccontextmanager
async def studio(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(home=home))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=120) as client,
    ):
        yield client


async def downloaded(client: httpx.AsyncClient) -> None:
    started = await client.post("/api/models/download", json={"repo_id": REPO})
    assert started.status_code == 201, started.text
    async with asyncio.timeout(60):
        while (job := (await client.get(f"/api/jobs/{started.json()['id']}")).json())["finished_at"] is None:
            await asyncio.sleep(0.1)
    assert job["state"] == "completed", job["reason"]


async def test_a_downloaded_model_trains_answers_and_is_deleted_when_nothing_uses_it(hub: Hub, tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_chats(home / "artifacts/datasets/sums/train.jsonl", range(20))
    async with studio(home) as client:
        await downloaded(client)
        detail = (await client.get(f"/api/models/{NAME}")).json()
        assert [fit["use"] for fit in detail["fits"]] == ["inference", "lora", "qlora"]
        assert detail["parameters"] == detail["profile"]["total_parameters"]

        first, second = [(await client.post("/api/training/start", json=RUN)).json()["id"] for _ in range(2)]
        refused = await client.delete(f"/api/models/{NAME}")
        assert (refused.status_code, refused.json()["code"]) == (409, "model_in_use")
        assert refused.json()["detail"] in {
            f"The model {NAME} cannot be deleted now: session {first} trains on it.",
            f"The model {NAME} cannot be deleted now: session {second} waits to train on it.",
        }
        await client.post(f"/api/sessions/{second}/stop")
        listed = {model["name"]: model["in_use"] for model in (await client.get("/api/models")).json()}
        assert listed == {"droid-starter": None, NAME: f"session {first} trains on it"}
        await client.post("/api/training/stop")
        async with asyncio.timeout(60):
            while (await client.get("/api/training/status")).json()["running"]:
                await asyncio.sleep(0.1)

        asked = {"model_name": NAME, "prompt": "Hello", "max_tokens": 2}
        assert (await client.post("/api/models/inference", json=asked)).status_code == 200
        refused = await client.delete(f"/api/models/{NAME}")
        assert refused.json()["detail"] == (
            f"The model {NAME} cannot be deleted now: it is in memory and answers prompts; unload it first."
        )
        assert (await client.post("/api/inference/unload")).status_code < 300
        assert (await client.delete(f"/api/models/{NAME}")).status_code == 204
        assert [model["name"] for model in (await client.get("/api/models")).json()] == ["droid-starter"]


async def test_every_route_of_the_hub_answers_in_its_shape(hub: Hub, tmp_path: Path) -> None:
    elsewhere = make_model(tmp_path / "elsewhere")
    async with studio(tmp_path / "home") as client:
        look = (await client.get("/api/hub/look", params={"repo_id": REPO})).json()
        assert (look["name"], look["problem"], look["in_library"]) == (NAME, None, None)
        unknown = await client.get("/api/hub/look", params={"repo_id": "org/nothing"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "hub_not_found")
        bad = await client.post("/api/models/download", json={"repo_id": "not a repo"})
        assert (bad.status_code, bad.json()["fields"][0]["field"]) == (400, "repo_id")
        assert (await client.get("/api/hub/cached")).status_code == 200
        assert len((await client.get("/api/hub/curated")).json()) == 12
        added = await client.post("/api/models/add", json={"path": str(elsewhere), "name": "mine"})
        assert (added.status_code, added.json()["origin"]) == (201, "link")
        assert (await client.delete("/api/models/mine")).status_code == 204
        assert (elsewhere / "config.json").is_file()

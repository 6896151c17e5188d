"""From data to an answer over REST, held against stock mlx-lm; and again after the home has moved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from backend.main import create_app
from backend.settings import Settings
from tests.stock import Stock
from tests.tiny_models import make_model
from tests.training.conftest import write_chats

RUN = {
    "model_path": "tiny",
    "train_data_path": "sums",
    "adapter_name": "trained",
    "iterations": 30,
    "batch_size": 8,
    "learning_rate": 1e-2,
    "steps_per_eval": 10,
    "save_every": 10,
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


async def train(client: httpx.AsyncClient) -> dict[str, Any]:
    started = await client.post("/api/training/start", json=RUN)
    assert started.status_code == 201, started.text
    while (session := (await client.get(f"/api/sessions/{started.json()['id']}")).json())["finished_at"] is None:
        await asyncio.sleep(0.05)
    return dict(session)


async def answer(client: httpx.AsyncClient, adapter: str | None, model: str = "tiny") -> dict[str, Any]:
    body = {"model_name": model, "adapter_name": adapter, "prompt": "What is 3 and 3?", "max_tokens": 24}
    asked = await client.post(
        "/api/models/inference", json=body | {"temperature": 0, "adapter_file": adapter and "latest"}
    )
    assert asked.status_code == 200, asked.text
    return dict(asked.json())


async def test_what_was_trained_answers_as_in_stock_and_still_does_after_a_move(tmp_path: Path) -> None:
    home, moved = tmp_path / "home", tmp_path / "moved"
    make_model(home / "artifacts/base_model/tiny")
    write_chats(home / "artifacts/datasets/sums/train.jsonl", range(40))
    write_chats(home / "artifacts/datasets/sums/valid.jsonl", range(100, 107))
    async with studio(home) as client:
        assert (await train(client))["state"] in ("completed", "early_stopped")
        base, tuned = await answer(client, None), await answer(client, "trained")
    with Stock() as stock:
        model, adapter = home / "artifacts/base_model/tiny", home / "artifacts/lora_adapters/trained"
        expected = [stock.generate(model, None, "What is 3 and 3?"), stock.generate(model, adapter, "What is 3 and 3?")]
    assert [base["response"], tuned["response"]] == expected
    assert base["response"] != tuned["response"]
    assert tuned["adapter_details"]["warnings"] == []
    assert tuned["adapter_details"]["num_layers"] == -1

    home.rename(moved)
    (moved / "artifacts/base_model/linked").symlink_to(moved / "artifacts/base_model/tiny")
    async with studio(moved) as client:
        assert (await answer(client, "trained"))["response"] == tuned["response"]
        assert (await answer(client, "trained", model="linked"))["response"] == tuned["response"]
        sessions = (await client.get("/api/sessions")).json()
        events = (await client.get(f"/api/sessions/{sessions[0]['id']}/events")).json()
        assert [sessions[0]["last_seq"], events[-1]["type"]] == [len(events), "finished"]

"""Conversions over REST: the whole way, and what is refused in which words before there is a job."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.jobs.routes import router as jobs_router
from backend.models.conversion.routes import router
from backend.problems import answer_problems
from tests.conversion.conftest import Lab

REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"model_name": "nothing"}, 404, "model_name", "There is no model 'nothing'"),
    ({"model_name": "packed"}, 400, "model_name", "packed is quantised already, to 4 bits."),
    ({"model_name": "odd"}, 400, "model_name", "the nearest type that it knows is qwen2"),
    ({"model_name": "torn"}, 400, "model_name", "torn cannot be loaded"),
    ({"model_name": "gpt", "bits": None, "mixed": "mixed_3_6"}, 400, "mixed", "a gpt2 model has no down_proj"),
    ({"model_name": "tiny", "group_size": 128}, 400, "group_size", "Choose 64."),
    ({"bits": None, "dtype": "float32"}, 400, "dtype", "are float32 already"),
    ({"bits": None}, 400, "bits", "Say what to make of the weights"),
    ({"mixed": "mixed_3_6"}, 400, "mixed", "Choose bits or a mixed recipe"),
    ({"bits": 5}, 422, "bits", "4, 6 or 8"),
    ({"mixed": "mixed_1_2"}, 422, "mixed", "mixed_2_6"),
    ({"group_size": 48}, 422, "group_size", "32, 64 or 128"),
    ({"bit": 4}, 422, "bit", "did you mean 'bits'?"),
    ({"name": "tiny"}, 409, "name", "There is a model named tiny already"),
    ({"name": "linked"}, 409, "name", "There is a model named linked already"),
    ({"name": "../x"}, 400, "name", "is no usable name"),
    ({"measure_on": "nothing"}, 404, "measure_on", "There is no data 'nothing'"),
    ({"measure_on": "story"}, 400, "measure_on", "neither a test nor a validation split"),
]


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.conversions, app.state.jobs = lab.manager, lab.jobs
    answer_problems(app)
    app.include_router(router, prefix="/api")
    app.include_router(jobs_router, prefix="/api")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio", timeout=60) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    return {"model_name": "layers", "name": "new", "bits": 4, "measure_on": "tale"} | changes


async def test_a_conversion_from_the_estimate_to_its_result(client: httpx.AsyncClient) -> None:
    estimate = (await client.post("/api/models/convert/estimate", json=body(name="whole"))).json()
    assert estimate["problem"] is None and estimate["notes"] == []
    assert estimate["sentence"].startswith("The weights will take 0.2 MB instead of 1.3 MB, 5.09 bits a weight; ")
    answer = await client.post("/api/models/convert", json=body(name="whole"))
    job = answer.json()
    assert (answer.status_code, job["kind"], job["title"]) == (201, "conversion", "layers to 4 bit: whole")
    address = f"/api/conversions/{job['id']}"
    async with asyncio.timeout(200):
        while (found := (await client.get(address)).json())["job"]["finished_at"] is None:
            assert found["result"] is None
            await asyncio.sleep(0.1)
    assert found["job"]["state"] == "completed", found["job"]["reason"]
    assert found["request"] == body(name="whole", mixed=None, dtype=None, group_size=64)
    assert found["result"]["size_after_bytes"] == estimate["size_bytes"]
    assert (await client.get("/api/conversions")).json()[0] == found
    taken = await client.post("/api/models/convert/estimate", json=body(name="whole"))
    assert taken.json() == estimate | {
        "free_bytes": taken.json()["free_bytes"],
        "sentence": taken.json()["sentence"],
        "problem": "There is a model named whole already; choose another name, or delete that one.",
    }


async def test_what_cannot_be_converted_is_refused_before_there_is_a_job(lab: Lab, client: httpx.AsyncClient) -> None:
    _make_broken_ones(lab)
    before = len(lab.manager.conversions())
    for changes, status, field, words in REFUSED:
        answer = await client.post("/api/models/convert", json=body(**changes))
        said = answer.json()
        assert (answer.status_code, [it["field"] for it in said.get("fields", [])]) == (status, [field]), said
        assert words in said["detail"]
    assert len(lab.manager.conversions()) == before


async def test_a_name_that_another_conversion_is_about_to_make_is_taken(lab: Lab, client: httpx.AsyncClient) -> None:
    lab.in_the_way = "Waits for the test."
    job = (await client.post("/api/models/convert", json=body(name="twice"))).json()
    again = await client.post("/api/models/convert", json=body(name="twice"))
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert again.json()["detail"] == "Another conversion is about to make twice; choose another name."
    await client.post(f"/api/jobs/{job['id']}/cancel")
    assert (await client.post("/api/models/convert", json=body(name="twice"))).status_code == 201


async def test_without_room_on_the_disk_nothing_starts_and_the_numbers_stand(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 100_000_000))
    estimate = (await client.post("/api/models/convert/estimate", json=body())).json()
    assert estimate["free_bytes"] == 100_000_000 and estimate["size_bytes"] > 0
    refused = await client.post("/api/models/convert", json=body())
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert refused.json()["detail"] == estimate["problem"]
    assert "The new model needs 0.2 MB more, and 0.1 GB are free on the disk of" in estimate["problem"]


@pytest.mark.parametrize("job_id", ["nothing", "..", "20260101-000000-abcdef"])
async def test_an_unknown_conversion_is_404(client: httpx.AsyncClient, job_id: str) -> None:
    assert (await client.get(f"/api/conversions/{job_id}")).status_code == 404


def _make_broken_ones(lab: Lab) -> None:
    odd, torn = lab.folder("odd"), lab.folder("torn")
    odd.mkdir(exist_ok=True)
    (odd / "config.json").write_text(json.dumps({"model_type": "quen2"}))
    shutil.copytree(lab.folder("layers"), torn, dirs_exist_ok=True)
    os.truncate(torn / "model.safetensors", 4000)
    if not lab.folder("linked").is_symlink():
        lab.folder("linked").symlink_to("/nowhere")

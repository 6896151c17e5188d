"""Token views and statistics over REST, with the real worker, against what a run of the same settings reads."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio
from fastapi import FastAPI

from backend.main import create_app
from backend.settings import Settings, release_home
from backend.tokens.schemas import DataStatistics, TokenView
from backend.training.config import TrainingConfig
from backend.workers.training.data.batching import TrainingBatches
from backend.workers.training.run import read_examples
from tests.tiny_models import make_model
from tests.tokens.batches import encoded, same
from tests.tokens.rows import chat, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHATS = [
    chat(*(f"{number}: {'Why? ' * (number % 5)}", "Because of this. " * (number % 7 + 1)) * (number % 3 + 1))
    for number in range(30)
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    make_model(settings.base_models / "tiny")
    make_model(settings.base_models / "plain", chat_template=None)
    write(settings.datasets / "why", *CHATS)
    write(settings.datasets / "why", *CHATS[:7], name="valid.jsonl")
    write(settings.datasets / "many", *({"text": f"{number:04} " * 100} for number in range(5000)))
    return settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    yield app
    await app.state.training.close()
    release_home(settings)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", timeout=120) as client:
        yield client


async def view(client: httpx.AsyncClient, **asked: Any) -> TokenView:
    answer = await client.post("/api/tokens/view", json={"model_name": "tiny", "data": "why"} | asked)
    assert answer.status_code == 200, answer.text
    return TokenView.model_validate(answer.json())


async def refused(client: httpx.AsyncClient, path: str, **asked: Any) -> tuple[int, str, list[str]]:
    answer = await client.post(f"/api/tokens/{path}", json={"model_name": "tiny", "data": "why"} | asked)
    body = answer.json()
    return answer.status_code, body["detail"], [field["field"] for field in body.get("fields", [])]


@pytest.mark.parametrize(
    "encoding",
    [
        {},
        {"mask_prompt": True},
        {"mask_prompt": True, "max_seq_length": 70},
        {"mask_prompt": True, "train_on_turns": "last", "max_seq_length": 200},
    ],
    ids=str,
)
async def test_views_of_all_rows_are_the_examples_and_batches_of_the_run(
    app: FastAPI, client: httpx.AsyncClient, encoding: dict[str, Any]
) -> None:
    config = TrainingConfig(model_path="tiny", train_data_path="why", batch_size=4, **encoding)
    trained, validated = read_examples(await app.state.training.planner.plan(config))
    shown = [encoded(await view(client, row=row, **encoding)) for row in range(30)]
    checked = [encoded(await view(client, row=row, split="valid", **encoding)) for row in range(7)]
    learned = [example for example in shown if example.targets]
    for seen, used in ((learned, trained), ([one for one in checked if one.targets], validated)):
        assert [one.ids.tobytes() for one in seen] == [one.ids.tobytes() for one in used]
        assert [one.counts.tobytes() for one in seen] == [one.counts.tobytes() for one in used]
    batches = TrainingBatches(learned, 4, None, config.seed), TrainingBatches(trained, 4, None, config.seed)
    assert all(same(batches[0].at(index), batches[1].at(index)) for index in range(20))


async def test_a_row_comes_with_its_place(client: httpx.AsyncClient) -> None:
    found = await view(client, row=4)
    assert (found.row, found.total_rows, found.line) == (4, 30, 5)
    assert "4: Why?" in "".join(token.text for token in found.tokens)


async def test_a_row_of_no_data_set_is_seen_as_it_would_be_there(client: httpx.AsyncClient) -> None:
    asked = {"model_name": "tiny", "row": CHATS[4], "mask_prompt": True, "max_seq_length": 70}
    draft = TokenView.model_validate((await client.post("/api/tokens/draft-view", json=asked)).json())
    there = await view(client, row=4, mask_prompt=True, max_seq_length=70)
    assert draft == there.model_copy(update={"row": None, "total_rows": None, "line": None})


async def test_statistics_are_of_every_split(client: httpx.AsyncClient) -> None:
    asked = {"model_name": "tiny", "data": "why", "batch_size": 4, "grad_accumulation_steps": 3}
    answer = await client.post("/api/tokens/statistics", json=asked)
    found = DataStatistics.model_validate(answer.json())
    assert {split: one.rows for split, one in found.splits.items()} == {"train": 30, "valid": 7}
    assert (found.batches_per_epoch, found.iterations_per_epoch, found.sampled) == (8, 8 / 3, False)


@pytest.mark.parametrize(
    ("path", "asked", "status", "sentence", "fields"),
    [
        ("view", {"row": 30}, 400, "train.jsonl has 30 rows, counted from 0; there is no row 30.", ["row"]),
        ("view", {"model_name": "none"}, 400, "There is no model 'none'", ["model_name"]),
        ("view", {"data": "none"}, 400, "There is no data 'none'", ["data"]),
        ("view", {"split": "test"}, 400, "why has no test split; it has train, validation.", ["split"]),
        ("view", {"model_name": "plain"}, 400, "train.jsonl, line 1: This model has no chat template", []),
        ("view", {"max_seq_length": 1}, 422, "'max_seq_length': input should be greater", ["max_seq_length"]),
        ("view", {"row": -1}, 422, "'row': input should be greater", ["row"]),
        ("statistics", {"model_name": "plain"}, 400, "train.jsonl, line 1: This model has no chat template", []),
        ("statistics", {"batch_size": 0}, 422, "'batch_size': input should be greater", ["batch_size"]),
        ("statistics", {"batch_sise": 2}, 422, "There is no field 'batch_sise'; did you mean", ["batch_sise"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_said_in_words(
    client: httpx.AsyncClient, path: str, asked: dict[str, Any], status: int, sentence: str, fields: list[str]
) -> None:
    code, detail, named = await refused(client, path, **asked)
    assert (code, named) == (status, fields)
    assert detail.startswith(sentence)


async def test_a_draft_of_another_kind_is_refused_in_words(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/tokens/draft-view", json={"model_name": "tiny", "row": {"chosen": 1}})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("This row: ")


async def test_a_view_is_answered_while_statistics_go_on(client: httpx.AsyncClient) -> None:
    await view(client)
    asked = {"model_name": "tiny", "data": "many", "mask_prompt": True}
    long = asyncio.create_task(client.post("/api/tokens/statistics", json=asked))
    await asyncio.sleep(0.1)
    await asyncio.gather(*(view(client, row=row) for row in range(5)))
    assert not long.done()
    assert (await long).json()["splits"]["train"]["rows"] == 5000


async def test_statistics_that_nobody_waits_for_any_more_are_given_up(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    await view(client)
    worker = app.state.training.tokens._worker
    for _ in range(3):
        asked = {"model_name": "tiny", "data": "many", "max_seq_length": 100}
        waiting = asyncio.create_task(client.post("/api/tokens/statistics", json=asked))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await view(client)
    before = processor_seconds(worker.pid)
    await asyncio.sleep(1)
    assert processor_seconds(worker.pid) - before < 0.1


def processor_seconds(pid: int) -> float:
    return float(sum(psutil.Process(pid).cpu_times()[:2]))


async def test_a_profile_does_not_wait_for_a_check_of_data(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    shutil.copytree(settings.base_models / "tiny", settings.base_models / "other", dirs_exist_ok=True)
    config = json.loads((settings.base_models / "other" / "config.json").read_text())
    await client.get("/api/models/tiny")
    (settings.base_models / "other" / "config.json").write_text(json.dumps({**config, "rope_theta": 5e5}))
    run = TrainingConfig(model_path="tiny", train_data_path="many", max_seq_length=600)
    checking = asyncio.create_task(app.state.training.planner.plan(run))
    await asyncio.sleep(0.1)
    assert (await client.get("/api/models/other")).status_code == 200
    assert not checking.done()
    assert (await checking).train_file == Path(settings.datasets / "many" / "train.jsonl")

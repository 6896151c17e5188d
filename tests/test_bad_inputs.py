"""Whatever is wrong gets a sentence, the right status, and leaves nothing behind."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from backend.main import create_app
from backend.settings import Settings
from tests.tiny_models import make_model

GOOD = {"model_path": "tiny", "train_data_path": "good", "iterations": 1, "lora_rank": 2, "lora_alpha": 2}
ROW = json.dumps({"text": "A row of text that is long enough."})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    models, data = home / "artifacts/base_model", home / "artifacts/datasets"
    make_model(models / "tiny")
    small = shutil.copytree(models / "tiny", models / "small-embedding")
    shrink_vocabulary(small)
    for name, config in {
        "bert": {"model_type": "bert", "architectures": ["BertModel"]},
        "unheard-of": {"model_type": "qwen22", "architectures": ["Qwen22ForCausalLM"]},
        "untyped": {"hidden_size": 8},
    }.items():
        (models / name).mkdir()
        (models / name / "config.json").write_text(json.dumps(config))
    (models / "empty").mkdir()
    (models / "not-json").mkdir()
    (models / "not-json" / "config.json").write_text("{")
    files: dict[str, str | bytes] = {
        "good": f"{ROW}\n" * 3,
        "empty": "",
        "latin": f"{ROW}\n".encode() + '{"text": "caf\xe9"}'.encode("latin-1"),
        "malformed": f'{ROW}\n\n{{"text": "cut of\n',
        "mixed": f"{ROW}\n" + json.dumps({"prompt": "a", "completion": "b"}) + "\n",
        "no-fields": '{"question": "a", "answer": "b"}\n',
        "wrong-role": json.dumps({"messages": [{"role": "robot", "content": "a"}]}) + "\n",
    }
    for name, content in files.items():
        (data / name).mkdir(parents=True)
        (data / name / "train.jsonl").write_bytes(content if isinstance(content, bytes) else content.encode())
    (data / "without-train").mkdir()
    (home / "artifacts/lora_adapters/there-already").mkdir(parents=True)
    return home


def shrink_vocabulary(folder: Path) -> None:
    """The tokenizer keeps its 320 tokens, but the model gets an embedding of 100."""
    config = json.loads((folder / "config.json").read_text())
    tokenizer = {file.name: file.read_bytes() for file in folder.glob("tokenizer*")}
    shutil.rmtree(folder)
    make_model(folder, {**config, "vocab_size": 100})
    for name, content in tokenizer.items():
        (folder / name).write_bytes(content)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(home=home))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        yield client


pytestmark = pytest.mark.asyncio(loop_scope="module")


def tree(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if ".logs" not in path.parts)


@pytest.mark.parametrize(
    ("change", "status", "field", "words"),
    [
        ({"model_path": "nowhere"}, 400, "model_path", "no model 'nowhere'"),
        ({"model_path": "/nowhere/at/all"}, 400, "model_path", "no model '/nowhere/at/all'"),
        ({"model_path": "../../.."}, 400, "model_path", "no config.json"),
        ({"model_path": "empty"}, 400, "model_path", "no config.json"),
        ({"model_path": "not-json"}, 400, "model_path", "line 1"),
        ({"model_path": "untyped"}, 400, "model_path", "no model_type"),
        ({"model_path": "bert"}, 400, None, "no language model"),
        ({"model_path": "unheard-of"}, 400, None, "qwen2"),
        ({"model_path": "small-embedding"}, 400, None, "embedding"),
        ({"train_data_path": "nowhere"}, 400, "train_data_path", "no data 'nowhere'"),
        ({"train_data_path": "without-train"}, 400, "train_data_path", "no train.jsonl"),
        ({"train_data_path": "empty"}, 400, None, "is empty"),
        ({"train_data_path": "latin"}, 400, None, "line 2: this is not UTF-8"),
        ({"train_data_path": "malformed"}, 400, None, "line 3"),
        ({"train_data_path": "mixed"}, 400, None, "line 1 is text, line 2 is prompt and completion"),
        ({"train_data_path": "no-fields"}, 400, None, "the fields are question, answer"),
        ({"train_data_path": "wrong-role"}, 400, None, "'robot'"),
        ({"val_data_path": "nowhere.jsonl"}, 400, "val_data_path", "nowhere.jsonl"),
        ({"lora_rank": 0}, 400, "lora_rank", "at least 1, not 0"),
        ({"lora_dropout": 1}, 400, "lora_dropout", "below 1"),
        ({"lora_num_layers": 3}, 400, "lora_num_layers", "has 2 layers"),
        ({"lora_num_layers": -2}, 400, "lora_num_layers", "-1 for all"),
        ({"learning_rate": 0}, 400, "learning_rate", "above 0"),
        ({"batch_size": 0}, 400, "batch_size", "at least 1"),
        ({"max_seq_length": 5}, 400, "max_seq_length", "shortest"),
        ({"targets": "custom", "lora_keys": ["self_attn.q_prj"]}, 400, "lora_keys", "self_attn.q_proj"),
        ({"targets": "custom"}, 400, "lora_keys", "at least one key"),
        ({"adapter_name": "a/b"}, 400, "adapter_name", "no usable name"),
        ({"adapter_name": "../escape"}, 400, "adapter_name", "no usable name"),
        ({"adapter_name": ".."}, 400, "adapter_name", "no usable name"),
        ({"adapter_name": ""}, 400, "adapter_name", "no usable name"),
        ({"adapter_name": "x" * 200}, 400, "adapter_name", "at most 128"),
        ({"adapter_name": "base"}, 400, "adapter_name", "reserved"),
        ({"adapter_name": "there-already"}, 409, "adapter_name", "already"),
        ({"resume_adapter_file": "nowhere.safetensors"}, 400, "resume_adapter_file", "no adapter file"),
        ({"lora_rnk": 3}, 422, "lora_rnk", "did you mean 'lora_rank'?"),
    ],
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else None,
)
async def test_a_start_that_cannot_work_is_refused_in_words(
    client: httpx.AsyncClient, home: Path, change: dict[str, Any], status: int, field: str | None, words: str
) -> None:
    before = tree(home)
    answer = await client.post("/api/training/start", json=GOOD | change)
    body = answer.json()
    assert (answer.status_code, words in body["detail"]) == (status, True), body
    if field is not None:
        assert [problem["field"] for problem in body["fields"]] == [field]
    assert tree(home) == before


async def test_several_mistakes_are_told_together(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/training/start", json=GOOD | {"lora_rank": 0, "lora_dropout": 2, "patience": 0})
    assert [problem["field"] for problem in answer.json()["fields"]] == ["lora_rank", "lora_dropout", "patience"]


async def test_a_validation_set_smaller_than_a_batch_works(client: httpx.AsyncClient, home: Path) -> None:
    answer = await client.post(
        "/api/training/start", json=GOOD | {"batch_size": 64, "val_data_path": "good", "adapter_name": "works"}
    )
    assert answer.status_code == 400
    assert "valid.jsonl" in answer.json()["detail"]
    file = str(home / "artifacts/datasets/good/train.jsonl")
    answer = await client.post(
        "/api/training/start", json=GOOD | {"batch_size": 64, "val_data_path": file, "adapter_name": "works"}
    )
    assert answer.status_code == 201, answer.json()
    session = answer.json()["id"]
    while (state := (await client.get(f"/api/sessions/{session}")).json())["state"] in (
        "queued",
        "starting",
        "running",
    ):
        pass
    assert (state["state"], state["best_iteration"]) == ("completed", 1)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/sessions/20200101-000000-abcdef"),
        ("GET", "/api/sessions/20200101-000000-abcdef/events"),
        ("GET", "/api/sessions/20200101-000000-abcdef/log"),
        ("POST", "/api/sessions/20200101-000000-abcdef/stop"),
        ("DELETE", "/api/sessions/20200101-000000-abcdef"),
        ("GET", "/api/sessions/.hidden"),
        ("GET", "/api/adapters/nowhere"),
        ("DELETE", "/api/adapters/nowhere"),
        ("GET", "/api/models/nowhere"),
        ("GET", "/api/datasets/nowhere/preview"),
    ],
)
async def test_what_does_not_exist_is_a_404_in_words(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no ")


async def test_stopping_when_nothing_trains_is_a_conflict(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/training/stop")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Nothing is training.")


async def test_an_estimate_refuses_the_same_values(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/training/estimate", json=GOOD | {"lora_num_layers": 9})
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (400, "lora_num_layers")

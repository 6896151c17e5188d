import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.main import create_app
from backend.settings import REPOSITORY, OpenToAll, Settings, claim_home, release_home

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    app = create_app(Settings(home=tmp_path))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


@pytest.mark.serial
def test_the_web_process_brings_no_mlx_and_imports_in_two_seconds_of_a_slow_processor() -> None:
    code = (
        "import sys, time; began = time.process_time(); import backend.main; spent = time.process_time() - began; "
        "print(spent, [name for name in sys.modules if name.split('.')[0] in ('mlx', 'mlx_lm', 'transformers')])"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    ]
    seconds = sorted(float(run.split(" ", 1)[0]) for run in runs)
    assert [run.split(" ", 1)[1].strip() for run in runs] == ["[]"] * 3
    assert seconds[0] < 2


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "[::"])
async def test_another_host_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/health", headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:9999",
        "file://",
        "http://localhost:8000.evil.example",
        "http://[",
        "",
    ],
)
async def test_a_page_from_elsewhere_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    answer = await client.post("/api/training/stop", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_the_own_page_and_scripts_are_let_in(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Origin": "http://localhost:8000"}, {"Host": "127.0.0.1:8000"}, {"Host": "[::1]:8000"}):
        assert (await client.get("/api/health", headers=headers)).status_code == 200


async def test_a_token_is_asked_for_where_one_is_set(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, token="secret"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        assert (await client.get("/api/health")).status_code == 401
        assert (await client.get("/api/health", headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert (await client.get("/api/health", headers={"Authorization": "Bearer secret"})).status_code == 200
        assert (await client.get("/?token=wrong")).status_code == 401
        page = await client.get("/setup?token=secret")
        assert (page.status_code, page.headers["location"]) == (303, "/setup")
        assert (await client.get("/api/health")).status_code == 200


@pytest.mark.parametrize("others", ["a/b=1; ", 'prefs={"a":1}; ', "; =; ", "droid_token_of_another=1; "])
async def test_cookies_of_other_programs_do_not_hide_the_token(tmp_path: Path, others: str) -> None:
    app = create_app(Settings(home=tmp_path, token="secret"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        for token, status in (("secret", 200), ("wrong", 401)):
            answer = await client.get("/api/health", headers={"Cookie": f"{others}droid_token={token}"})
            assert answer.status_code == status


async def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DROID_TOKEN", "")
    app = create_app(Settings(home=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        assert (await client.get("/?token=")).status_code != 303
        assert (await client.get("/api/health")).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "studio.local"])
@pytest.mark.parametrize("token", [None, ""])
def test_nobody_listens_to_other_machines_without_a_token(tmp_path: Path, host: str, token: str | None) -> None:
    with pytest.raises(OpenToAll, match=rf"With DROID_HOST={host} other machines .* Set DROID_TOKEN"):
        Settings(home=tmp_path, host=host, token=token)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_this_machine_alone_needs_no_token(tmp_path: Path, host: str) -> None:
    assert Settings(home=tmp_path, host=host).token is None


@pytest.mark.parametrize(
    ("host", "called", "status"),
    [
        ("0.0.0.0", "192.168.1.5:8000", 200),
        ("::", "studio.local:8000", 200),
        ("Studio.local", "studio.local:8000", 200),
        ("192.168.1.5", "192.168.1.5:8000", 200),
        ("192.168.1.5", "evil.example", 403),
        ("127.0.0.1", "192.168.1.5:8000", 403),
    ],
)
async def test_with_a_token_other_machines_are_let_in(tmp_path: Path, host: str, called: str, status: int) -> None:
    app = create_app(Settings(home=tmp_path, host=host, token="secret"))
    headers = {"Host": called, "Authorization": "Bearer secret"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        assert (await client.get("/api/health", headers=headers)).status_code == status
        assert (await client.get("/api/health", headers={"Host": called})).status_code in (401, 403)


def test_claiming_a_home_again_keeps_the_address(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    lock = tmp_path / "artifacts" / ".lock"
    claim_home(settings, "http://127.0.0.1:8000")
    claim_home(settings)
    kept = json.loads(lock.read_text())["address"]
    claim_home(settings, "http://127.0.0.1:8001")
    told = json.loads(lock.read_text())["address"]
    release_home(settings)
    assert (kept, told) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{not json", 400, "not valid JSON"),
        ("[]", 422, "JSON object"),
        ("{}", 422, "'model_path' is missing"),
        ('{"model_path": "m", "train_data_path": "d", "lora_rnk": 8}', 422, "did you mean 'lora_rank'?"),
        ('{"model_path": "m", "train_data_path": "d", "lora_rank": "many"}', 422, "'lora_rank'"),
        ('{"model_path": "m", "train_data_path": "d", "optimizer": "magic"}', 422, "'adamw'"),
    ],
)
async def test_a_wrong_body_is_answered_in_words(client: httpx.AsyncClient, body: str, status: int, words: str) -> None:
    answer = await client.post("/api/training/start", content=body, headers=JSON)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"model_path": "caf\xe9"}', "it is not UTF-8 text"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"model_path": ' + b"1" * 5000 + b"}", "a whole number in it has thousands of digits"),
    ],
    ids=["latin-1", "deep", "long number"],
)
@pytest.mark.parametrize("address", ["/api/training/start", "/models/inference"])
async def test_a_body_that_cannot_be_read_is_a_400_in_words(
    client: httpx.AsyncClient, address: str, body: bytes, words: str
) -> None:
    answer = await client.post(address, content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": f"The body is not valid JSON: {words}.", "code": "invalid_json"},
    )


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None])
async def test_json_under_another_name_is_told_its_right_name(client: httpx.AsyncClient, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await client.post("/api/training/start", content='{"model_path": "m"}', headers=headers)
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "detail": "The body must be a JSON object: send it with Content-Type: application/json.",
            "code": "invalid_body",
        },
    )


@pytest.mark.parametrize(
    "field",
    ["model_path", "train_data_path", "val_data_path", "adapter_name", "resume_adapter_file", "optimizer", "\ud83d"],
)
async def test_half_a_character_is_refused_in_an_answer_that_can_be_read(
    client: httpx.AsyncClient, tmp_path: Path, field: str
) -> None:
    (tmp_path / "artifacts" / "base_model").mkdir(parents=True)
    (tmp_path / "data.jsonl").write_text('{"text": "a"}')
    (tmp_path / "artifacts" / "base_model" / "m").symlink_to(REPOSITORY / "artifacts" / "base_model" / "droid-starter")
    body = json.dumps({"model_path": "m", "train_data_path": "data.jsonl", field: "\ud83d"})
    answer = await client.post("/api/training/start", content=body, headers=JSON)
    assert answer.status_code in (400, 404, 422), answer.text
    assert answer.json()["detail"]


async def test_the_nearest_name_is_one_that_the_address_takes(client: httpx.AsyncClient) -> None:
    for field, near in {"promt": "; did you mean 'prompt'?", "lora_rnk": "."}.items():
        answer = await client.post("/api/models/inference", json={field: 1})
        assert answer.json()["detail"] == f"There is no field '{field}'{near}"


@pytest.mark.parametrize("value", [json.loads("[" * 900 + "]" * 900), "x" * 100_000, list(range(100_000))])
async def test_a_wrong_value_is_quoted_in_short(client: httpx.AsyncClient, value: Any) -> None:
    answer = await client.post("/api/models/inference", content=json.dumps({"top_k": value}), headers=JSON)
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "top_k")
    assert len(answer.text) < 1000


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_no_room_is_said_with_the_place_and_what_is_free(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    app.router.routes.pop()  # the pages, which answer every other address

    @app.get("/full")
    def fill() -> None:
        with files_no_longer_than(1), (tmp_path / "file").open("wb", buffering=0) as file:
            file.write(b"1")
            file.write(b"2")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.get("/full")
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert re.fullmatch(
        rf"A file would become larger than it may be: {tmp_path} could not be written, and [\d,.]+ MB are free there\. "
        r"Make room and try again\.",
        answer.json()["detail"],
    )


@pytest.mark.parametrize("path", ["/api/nothing", "/api/sessions/nothing", "/api/sessions/..%2f..%2fetc/log"])
async def test_what_is_not_there_is_said(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail", "code"}


async def test_a_new_home_gets_the_starter_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    async with app.router.lifespan_context(app):
        assert (tmp_path / "artifacts/base_model/droid-starter/config.json").is_file()
    (tmp_path / "artifacts/datasets/starter/train.jsonl").unlink()
    app = create_app(Settings(home=tmp_path))
    async with app.router.lifespan_context(app):
        assert not (tmp_path / "artifacts/datasets/starter/train.jsonl").exists()


async def test_the_schema_names_every_event_and_every_operation_once(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/openapi.json")).json()
    operations = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations))
    assert {"Started", "Train", "Validation", "Checkpoint", "Best", "Warned", "Finished"} <= set(
        schema["components"]["schemas"]
    )
    assert json.dumps(schema)

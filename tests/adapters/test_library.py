"""Adapters as folders: what the list says of them, and what deleting does."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from backend.adapters.leftovers import DELETED, sweep
from backend.adapters.library import AdapterLibrary, AdapterNotFound
from backend.adapters.routes import router
from backend.errors import AppError
from backend.settings import Settings
from tests.tiny_adapters import ATTENTION, make_adapter


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def library(settings: Settings) -> AdapterLibrary:
    return AdapterLibrary(settings)


@pytest.fixture
def client(library: AdapterLibrary) -> TestClient:
    app = FastAPI()
    app.state.adapters = library
    app.include_router(router, prefix="/api")

    @app.exception_handler(AppError)
    async def refused(_: Request, error: AppError) -> JSONResponse:
        return JSONResponse(error.body(), status_code=error.status_code)

    return TestClient(app)


def describe(adapter: Any) -> dict[str, Any]:
    return {name: value for name, value in adapter.items() if name not in ("path", "created_at", "size_bytes")}


def test_an_empty_home_lists_no_adapters(client: TestClient) -> None:
    assert client.get("/api/adapters").json() == []


def test_the_list_says_what_an_adapter_is(settings: Settings, client: TestClient, base: Path) -> None:
    folder = make_adapter(
        settings.adapters / "voice",
        base,
        keys=ATTENTION,
        rank=8,
        scale=2.0,
        num_layers=0,
        provenance={"base_model": "tiny", "base_fingerprint": "0a", "session_id": "s1", "versions": {}},
    )
    for name in ("best_adapters.safetensors", "0000050_adapters.safetensors", "0000025_adapters.safetensors"):
        (folder / name).write_bytes((folder / "adapters.safetensors").read_bytes())
    listed = client.get("/api/adapters").json()
    assert [describe(adapter) for adapter in listed] == [
        {
            "name": "voice",
            "model_name": "tiny",
            "session_id": "s1",
            "method": "lora",
            "rank": 8,
            "alpha": 16.0,
            "scale": 2.0,
            "num_layers": -1,
            "keys": ATTENTION,
            "has_best": True,
            "checkpoints": [25, 50],
            "problem": None,
        }
    ]
    assert client.get("/api/adapters/voice").json() == listed[0]
    assert listed[0]["size_bytes"] == sum(file.stat().st_size for file in folder.iterdir())


def test_the_newest_adapter_comes_first(settings: Settings, library: AdapterLibrary, base: Path) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        for file in make_adapter(settings.adapters / name, base).iterdir():
            os.utime(file, (1e9 - age, 1e9 - age))
    assert [adapter.name for adapter in library.list()] == ["new", "middle", "old"]


def test_a_folder_that_cannot_be_used_says_why(settings: Settings, library: AdapterLibrary, base: Path) -> None:
    (settings.adapters / "empty").mkdir(parents=True)
    (settings.adapters / "peft").mkdir()
    (settings.adapters / "peft" / "adapter_model.safetensors").write_bytes(b"")
    cut = make_adapter(settings.adapters / "cut", base) / "adapters.safetensors"
    cut.write_bytes(cut.read_bytes()[:-8])
    make_adapter(settings.adapters / "two words", base)
    problems = {adapter.name: adapter.problem or "" for adapter in library.list()}
    assert problems == {
        "empty": "The adapter empty has no weights: neither best_adapters.safetensors nor adapters.safetensors is in "
        "its folder.",
        "peft": "peft is an adapter in PEFT's format (adapter_model.*); mlx-lm's format is needed here, with "
        "adapters.safetensors and adapter_config.json.",
        "cut": f"{cut} is cut off: it should have {cut.stat().st_size + 8:,} bytes and has {cut.stat().st_size:,}. "
        "Copy or save it again.",
        "two words": "Rename the folder 'two words': letters, digits, dots, dashes and underscores are allowed.",
    }


@pytest.mark.parametrize("name", ["nothing", "..", ".hidden", "a b", "%2e%2e", "a%2Fb"])
def test_an_adapter_that_is_not_there_is_a_404(name: str, client: TestClient) -> None:
    for answer in (client.get(f"/api/adapters/{name}"), client.delete(f"/api/adapters/{name}")):
        assert answer.status_code in (404, 405)


@pytest.mark.parametrize("name", ["", ".", "..", "../lora_adapters/voice", "voice/", ".hidden", "two words"])
def test_a_folder_under_another_than_its_plain_name_is_no_adapter(
    name: str, settings: Settings, library: AdapterLibrary, base: Path
) -> None:
    for folder in ("voice", ".hidden", "two words"):
        make_adapter(settings.adapters / folder, base)
    with pytest.raises(AdapterNotFound):
        library.resolve(name)


def test_the_404_names_what_there_is(settings: Settings, client: TestClient, base: Path) -> None:
    make_adapter(settings.adapters / "voice", base)
    assert client.get("/api/adapters/vioce").json() == {
        "detail": f"There is no adapter named 'vioce' in {settings.adapters}. There is voice.",
        "code": "adapter_not_found",
    }


def test_deleting_removes_the_folder_and_nothing_else(settings: Settings, client: TestClient, base: Path) -> None:
    make_adapter(settings.adapters / "voice", base)
    make_adapter(settings.adapters / "other", base)
    assert client.delete("/api/adapters/voice").status_code == 204
    assert [folder.name for folder in settings.adapters.iterdir()] == ["other"]


def test_what_an_interrupted_deletion_left_goes_when_a_server_starts(
    settings: Settings, library: AdapterLibrary, base: Path
) -> None:
    for name in ("one", "two"):
        make_adapter(settings.adapters / name, base)
    (settings.adapters / "one").rename(settings.adapters / f"{DELETED}one-0123abcd")
    sweep(settings.adapters, {"one", "two"})
    assert [folder.name for folder in settings.adapters.iterdir()] == ["two"]
    assert [adapter.name for adapter in library.list()] == ["two"]


def test_deleting_a_linked_adapter_leaves_what_it_links_to(
    settings: Settings, library: AdapterLibrary, base: Path, tmp_path: Path
) -> None:
    elsewhere = make_adapter(tmp_path / "elsewhere", base)
    settings.adapters.mkdir(parents=True)
    (settings.adapters / "voice").symlink_to(elsewhere)
    library.delete("voice")
    assert not (settings.adapters / "voice").exists()
    assert (elsewhere / "adapters.safetensors").is_file()


def test_an_adapter_that_a_session_writes_to_is_not_deleted(
    settings: Settings, library: AdapterLibrary, client: TestClient, base: Path
) -> None:
    folder = make_adapter(settings.adapters / "voice", base)
    library.in_use = {"voice": "s7"}.get
    answer = client.delete("/api/adapters/voice")
    assert (answer.status_code, answer.json()["code"]) == (409, "adapter_in_use")
    assert "session s7" in answer.json()["detail"]
    assert (folder / "adapters.safetensors").is_file()


def test_an_adapter_remembers_its_session(settings: Settings, library: AdapterLibrary, base: Path) -> None:
    make_adapter(settings.adapters / "ours", base, provenance={"session_id": "s1"})
    make_adapter(settings.adapters / "theirs", base)
    assert [library.session_of(name) for name in ("ours", "theirs", "nothing", "..")] == ["s1", None, None, None]


def test_listing_while_a_run_replaces_files_works(settings: Settings, library: AdapterLibrary, base: Path) -> None:
    folder = make_adapter(settings.adapters / "voice", base)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            (folder / "new").write_bytes(b"x")
            (folder / "new").replace(folder / "0000025_adapters.safetensors")
            (folder / "0000025_adapters.safetensors").unlink()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert {tuple(adapter.name for adapter in library.list()) for _ in range(300)} == {("voice",)}
    finally:
        done.set()
        writer.join()


def test_a_link_that_leads_nowhere_does_not_break_the_list(
    settings: Settings, library: AdapterLibrary, base: Path, tmp_path: Path
) -> None:
    folder = make_adapter(settings.adapters / "voice", base)
    (folder / "notes").symlink_to(tmp_path / "gone")
    (settings.adapters / "lost").symlink_to(tmp_path / "gone")
    assert [adapter.name for adapter in library.list()] == ["voice"]

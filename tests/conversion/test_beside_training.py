"""Conversions and training on one real server: a run goes first, and what was being converted goes on after it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend.settings import REPOSITORY, Settings
from tests.evaluation.test_beside_training import RUN, until
from tests.scripts.servers import RunningServer


@pytest.fixture
def client(home: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    command: list[str | Path] = [sys.executable, "-m", "backend", "--home", home.home, "--port", "0", "--no-browser"]
    server = RunningServer(command, tmp_path / "server.log", folder=REPOSITORY)
    with httpx.Client(base_url=server.address(), timeout=60) as client:
        yield client
    server.end()


@pytest.mark.exhaustive
def test_a_run_that_starts_puts_a_conversion_aside_which_then_goes_on(client: httpx.Client, home: Settings) -> None:
    asked = {"model_name": "large", "name": "after-the-run", "bits": 4, "measure_on": "sums"}
    job = f"/api/jobs/{client.post('/api/models/convert', json=asked).json()['id']}"
    until(client, job, lambda it: it["done"] > 0)
    run = client.post("/api/training/start", json=RUN).json()
    waiting = until(client, job, lambda it: it["state"] == "queued")
    assert waiting["message"] == "Waits until no run trains or waits to train; then it goes on by itself."
    trained = until(client, f"/api/sessions/{run['id']}", lambda it: it["finished_at"] is not None)
    assert trained["state"] == "completed", trained["reason"]
    ended = until(client, job, lambda it: it["finished_at"] is not None)
    assert ended["state"] == "completed", ended["reason"]
    assert ended["started_at"] >= trained["finished_at"]
    assert (home.base_models / "after-the-run" / "model.safetensors").is_file()
    assert list(home.base_models.glob(".*")) == []

"""Evaluations and training on one real server: a run goes first, and what was being measured goes on after it."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.settings import REPOSITORY, Settings
from tests.scripts.servers import RunningServer

RUN = {
    "model_path": "tiny",
    "train_data_path": "sums",
    "adapter_name": "later",
    "iterations": 20,
    "batch_size": 2,
    "lora_rank": 2,
    "lora_alpha": 2.0,
    "max_seq_length": 128,
}


@pytest.fixture
def client(home: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    command: list[str | Path] = [sys.executable, "-m", "backend", "--home", home.home, "--port", "0", "--no-browser"]
    server = RunningServer(command, tmp_path / "server.log", folder=REPOSITORY)
    with httpx.Client(base_url=server.address(), timeout=60) as client:
        yield client
    server.end()


def until(client: httpx.Client, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    end = time.monotonic() + 150
    while time.monotonic() < end:
        found: dict[str, Any] = client.get(path).json()
        if holds(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{path} is still {found}")


@pytest.mark.exhaustive
def test_a_run_that_starts_puts_an_evaluation_aside_which_then_goes_on(client: httpx.Client) -> None:
    asked = {
        "model_name": "tiny",
        "data": "many",
        "limit": 250,
        "general": False,
        "adapters": [{"adapter_name": "one"}],
    }
    job_id = client.post("/api/evaluations", json=asked).json()["job"]["id"]
    job = f"/api/jobs/{job_id}"
    until(client, job, lambda it: it["done"] > 0)
    run = client.post("/api/training/start", json=RUN).json()
    waiting = until(client, job, lambda it: it["state"] == "queued")
    assert waiting["message"] == "Waits until no run trains or waits to train; then it goes on by itself."
    trained = until(client, f"/api/sessions/{run['id']}", lambda it: it["finished_at"] is not None)
    assert trained["state"] == "completed", trained["reason"]
    ended = until(client, job, lambda it: it["finished_at"] is not None)
    assert (ended["state"], ended["reason"]) == ("completed", "250 examples measured under 2 weights.")
    assert ended["started_at"] >= trained["finished_at"]
    kinds = [event["type"] for event in client.get(f"{job}/events").json() if event["type"] != "progress"]
    assert kinds == ["queued", "spawned", "queued", "spawned", "finished"]

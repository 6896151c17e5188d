"""However the server is told to end, everything that it started ends, and a running training keeps its adapter."""

import json
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.sync.client import connect

from tests.scripts.servers import RunningServer, ServerInTerminal

pytestmark = [pytest.mark.serial, pytest.mark.timeout(600)]


def post(address: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answered: dict[str, Any] = json.load(answer)
    return answered


def train_for_long(server: RunningServer, home: Path) -> str:
    """Starts a run that would take hours, and returns its session's id once it has trained a few steps."""
    settings = {
        "model_path": str(home / "artifacts" / "base_model" / "droid-starter"),
        "train_data_path": str(home / "artifacts" / "datasets" / "starter" / "train.jsonl"),
        "val_data_path": str(home / "artifacts" / "datasets" / "starter" / "valid.jsonl"),
        "iterations": 1_000_000,
        "steps_per_report": 1,
        "early_stop": False,
    }
    session = str(post(f"{server.address()}/api/training/start", settings)["id"])
    events = f"ws{server.address().removeprefix('http')}/api/sessions/{session}/events"
    with connect(events) as following:
        while json.loads(following.recv(timeout=60))["type"] != "train":
            pass
    return session


def last_event(home: Path, session: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((home / "sessions" / session / "events.jsonl").read_text().splitlines()[-1])
    return event


def assert_ended_in_good_order(home: Path, session: str, family: list[psutil.Process]) -> None:
    gone, alive = psutil.wait_procs(family, timeout=30)
    for process in alive:
        process.kill()
    assert not alive and len(gone) >= 3, family
    assert last_event(home, session)["outcome"] == "stopped"
    assert (home / "artifacts" / "lora_adapters" / "mlx_finetune" / "adapters.safetensors").is_file()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive),
        pytest.param(signal.SIGHUP, marks=pytest.mark.exhaustive),
    ],
)
def test_a_signal_ends_everything_and_a_training_keeps_its_adapter(
    start: Callable[..., RunningServer], tmp_path: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    server = start("--home", str(home))
    session = train_for_long(server, home)
    family = server.family()
    with connect(f"ws{server.address().removeprefix('http')}/api/sessions/{session}/events"):
        server.end(number)
    assert_ended_in_good_order(home, session, family)


def test_a_closed_terminal_ends_everything_too(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    command: list[str | Path] = [root / "start.sh", "--no-browser", "--port", "0", "--home", home]
    server = ServerInTerminal(command, tmp_path / "output", folder=root)
    session = train_for_long(server, home)
    family = server.family()
    server.close_terminal()
    try:
        server.process.wait(timeout=30)
    finally:
        server.end()
    assert_ended_in_good_order(home, session, family)

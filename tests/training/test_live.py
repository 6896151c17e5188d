"""Following a run over WebSocket, against a real server."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from backend.settings import REPOSITORY, Settings
from tests.scripts.servers import RunningServer
from tests.training.conftest import ConfigMaker


@pytest.fixture
def address(settings: Settings, tmp_path: Path) -> Iterator[str]:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "backend",
        "--home",
        settings.home,
        "--port",
        "0",
        "--no-browser",
    ]
    server = RunningServer(command, tmp_path / "server.log", folder=REPOSITORY)
    yield server.address()
    server.end()


def start(address: str, config: Any) -> str:
    answer = httpx.post(f"{address}/api/training/start", json=config.model_dump(exclude_unset=True), timeout=60)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def follow(address: str, session_id: str, after: int = 0, at_most: int = 10_000) -> list[dict[str, Any]]:
    events = []
    url = f"{address.replace('http', 'ws')}/api/sessions/{session_id}/events?after={after}"
    with connect(url, close_timeout=1) as socket:
        for message in socket:
            events.append(json.loads(message))
            if len(events) == at_most:
                break
    return events


def test_events_arrive_live_and_a_reconnect_repeats_and_loses_nothing(address: str, configured: ConfigMaker) -> None:
    session_id = start(address, configured())
    first = follow(address, session_id, at_most=5)
    rest = follow(address, session_id, after=first[-1]["seq"])
    stored = httpx.get(f"{address}/api/sessions/{session_id}/events").json()
    assert first + rest == stored
    assert stored[-1]["type"] == "finished"
    assert httpx.get(f"{address}/api/sessions/{session_id}/events?after=5").json() == stored[5:]
    assert follow(address, session_id, after=stored[-1]["seq"]) == []


def test_a_page_from_elsewhere_cannot_follow(address: str) -> None:
    url = f"{address.replace('http', 'ws')}/api/sessions/any/events"
    with pytest.raises(InvalidStatus) as refused:
        connect(url, origin=Origin("https://evil.example"))
    assert refused.value.response.status_code == 403


def test_following_a_session_that_does_not_exist_is_said(address: str) -> None:
    with (
        connect(f"{address.replace('http', 'ws')}/api/sessions/nothing/events") as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4404, "There is no session 'nothing'.")

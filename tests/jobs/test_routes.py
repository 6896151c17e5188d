"""Jobs over REST and WebSocket, and what is wrong with their folders."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from backend.jobs.routes import router
from backend.problems import answer_problems
from backend.settings import Settings
from tests.jobs.conftest import Jobs


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[TestClient, Jobs]]:
    jobs = Jobs(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.manager.start()
        yield
        await jobs.manager.close()

    app = FastAPI(lifespan=lifespan)
    app.state.jobs = jobs.manager
    answer_problems(app)
    app.include_router(router, prefix="/api")

    @app.post("/submit")
    async def submit(settings: dict[str, float]) -> str:
        return jobs.submit(**settings)

    with TestClient(app) as client:
        yield client, jobs


@contextmanager
def following(client: TestClient, address: str) -> Iterator[WebSocketTestSession]:
    """The test client itself cancels what is still being sent on a socket that it leaves."""
    with suppress(CancelledError), client.websocket_connect(address) as socket:
        yield socket


def submit(client: TestClient, **settings: float) -> str:
    return str(client.post("/submit", json=settings).json())


def test_a_socket_gives_every_event_once_and_goes_on_where_it_was(served: tuple[TestClient, Jobs]) -> None:
    client, _ = served
    job_id = submit(client, total=10, seconds_each=0.1)
    with following(client, f"/api/jobs/{job_id}/events") as socket:
        seen = [socket.receive_json() for _ in range(3)]
    with following(client, f"/api/jobs/{job_id}/events?after=3") as socket:
        while seen[-1]["type"] != "finished":
            seen.append(socket.receive_json())
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert seen == client.get(f"/api/jobs/{job_id}/events").json()
    assert client.get(f"/api/jobs/{job_id}/events?after=2").json() == seen[2:]
    detail = client.get(f"/api/jobs/{job_id}").json()
    assert (detail["state"], detail["settings"]["total"]) == ("completed", 10)
    assert client.get("/api/jobs").json() == [{name: value for name, value in detail.items() if name != "settings"}]
    assert client.get("/api/jobs?kind=other").json() == []
    assert "Counted to 10." in client.get(f"/api/jobs/{job_id}/log").text


def test_a_job_can_be_cancelled_and_then_deleted(served: tuple[TestClient, Jobs]) -> None:
    client, jobs = served
    job_id = submit(client, total=1000, seconds_each=0.05)
    refused = client.delete(f"/api/jobs/{job_id}")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        f"The job {job_id} waits or runs; cancel it first.",
    )
    assert client.post(f"/api/jobs/{job_id}/cancel").status_code == 200
    with following(client, f"/api/jobs/{job_id}/events") as socket:
        while (last := socket.receive_json())["type"] != "finished":
            pass
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert last["outcome"] == "cancelled"
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204
    assert client.get(f"/api/jobs/{job_id}").status_code == 404
    assert list(jobs.manager.store.root.iterdir()) == []


@pytest.mark.parametrize("name", ["nothing", "..", ".hidden", "%2e%2e%2fbase_model"])
def test_what_is_no_job_is_a_404(served: tuple[TestClient, Jobs], name: str) -> None:
    client, _ = served
    posts = [("POST", f"/{act}") for act in ("cancel", "pause", "resume")]
    for method, path in [("GET", ""), ("GET", "/events"), ("GET", "/log"), *posts, ("DELETE", "")]:
        assert client.request(method, f"/api/jobs/{name}{path}").status_code in (404, 405), (method, path)


def test_following_what_does_not_exist_is_said(served: tuple[TestClient, Jobs]) -> None:
    client, _ = served
    with (
        client.websocket_connect("/api/jobs/nothing/events") as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert (closed.value.code, closed.value.reason) == (4404, "There is no job 'nothing'.")


def test_damaged_folders_hide_no_others_and_leftovers_go(settings: Settings) -> None:
    jobs = Jobs(settings)
    whole = jobs.submit()
    root = jobs.manager.store.root
    for name, events in (("empty", ""), ("torn", '{"type":"queued","seq":1,"ti'), ("strange", '{"type":"other"}\n')):
        (root / name).mkdir()
        (root / name / "events.jsonl").write_text(events)
    for name in (".20260101-000000-abcdef", ".deleted-20260101-000000-abcdef", ".mine"):
        (root / name).mkdir()
    assert [job.id for job in jobs.manager.jobs()] == [whole]
    jobs.manager.store.sweep()
    assert sorted(path.name for path in root.glob(".*")) == [".mine"]


def test_a_job_whose_log_is_damaged_says_so_and_can_be_deleted(served: tuple[TestClient, Jobs]) -> None:
    client, jobs = served
    folder = jobs.manager.store.root / "20260101-000000-abcdef"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text('{"type":"other"}\n')
    for address in ("", "/events"):
        answer = client.get(f"/api/jobs/{folder.name}{address}")
        assert (answer.status_code, answer.json()["code"]) == (500, "job_damaged")
        assert "a line of its events.jsonl is no event. Delete the job" in answer.json()["detail"]
    assert client.delete(f"/api/jobs/{folder.name}").status_code == 204
    assert not folder.exists()

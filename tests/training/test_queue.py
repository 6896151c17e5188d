"""The order of what waits, and changing what waits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from backend.errors import AppError, Conflict
from backend.main import create_app
from backend.settings import Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.plan import RunPlan
from backend.training.queue import FILE, QueueChanged, RunQueue
from backend.training.schemas import ConfigChanges
from tests.training.conftest import ConfigMaker


def queue(folder: Path, *waiting: str) -> RunQueue:
    loaded = RunQueue(folder)
    loaded.load(waiting)
    return loaded


def test_the_order_outlives_the_server(tmp_path: Path) -> None:
    first = queue(tmp_path)
    for name in ("a", "b", "c"):
        first.add(name)
    first.add_first("d")
    first.reorder(["c", "d", "a", "b"])
    first.remove("a")
    assert list(queue(tmp_path, "a", "b", "c", "d")) == ["c", "d", "b", "a"]


def test_one_that_was_taken_but_not_begun_keeps_its_place(tmp_path: Path) -> None:
    first = queue(tmp_path)
    for name in ("b", "a"):
        first.add(name)
    assert first.take() == "b"
    first.add("c")
    assert list(queue(tmp_path, "a", "b", "c")) == ["b", "a", "c"]


@pytest.mark.parametrize("content", [None, b"", b"[", b"{}", b"\xff", b'["gone", 3, "b", "b"]'])
def test_without_a_usable_file_the_oldest_is_first(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    expected = ["b", "a", "c"] if content and b"gone" in content else ["a", "b", "c"]
    assert list(queue(tmp_path, "a", "b", "c")) == expected


@pytest.mark.parametrize("order", [[], ["a"], ["a", "b", "b"], ["a", "c"], ["a", "b", "c"]])
def test_an_order_names_every_waiting_one_once(tmp_path: Path, order: list[str]) -> None:
    waiting = queue(tmp_path, "a", "b")
    with pytest.raises(QueueChanged, match="Waiting are: a, b"):
        waiting.reorder(order)
    assert list(waiting) == ["a", "b"]


def test_a_disk_that_takes_nothing_costs_the_order_only(tmp_path: Path) -> None:
    waiting = queue(tmp_path / "not there")
    waiting.add("a")
    assert list(waiting) == ["a"]


@pytest.fixture
def room() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def held(settings: Settings, room: asyncio.Event) -> AsyncIterator[TrainingManager]:
    """A manager whose first run does not get the room to begin, so that all the others wait."""
    manager = TrainingManager(settings, make_room=room.wait)  # type: ignore[arg-type]
    yield manager
    manager._dispatcher.close()
    if (held := manager.current_session_id) is not None:
        manager.stop(held)
    room.set()
    await manager.close()
    release_home(settings)


async def start(manager: TrainingManager, configured: ConfigMaker, *names: str) -> list[str]:
    sessions = [await manager.start_training(configured(adapter_name=name)) for name in names]
    while manager.current_session_id is None:
        await asyncio.sleep(0.01)
    return [session.id for session in sessions]


def changes(**changed: object) -> ConfigChanges:
    return ConfigChanges.model_validate(changed)


async def test_what_waits_goes_in_the_order_that_is_asked_for_also_after_a_restart(
    held: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    held_id, a, b, c = await start(held, configured, "held", "a", "b", "c")
    status = held.reorder([c, a, b])
    assert [session.id for session in status.queue] == [c, a, b]
    assert [held.detail(each).queue_position for each in (held_id, a, b, c)] == [None, 2, 3, 1]
    with pytest.raises(QueueChanged):
        held.reorder([held_id, a, b, c])
    later = TrainingManager(settings)
    later._queue.load([session.id for session in later.store.unfinished()])
    assert list(later._queue) == [held_id, c, a, b]


async def test_a_waiting_run_is_changed_by_the_checks_of_a_new_one(
    held: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    held_id, first, second = await start(held, configured, "held", "first", "second")
    changed = await held.change(second, changes(iterations=7, lora_rank=8, adapter_name="renamed"))
    assert (changed.adapter_name, changed.iterations, changed.config.lora_rank) == ("renamed", 7, 8)
    assert (changed.state, changed.queue_position) == ("queued", 2)
    folder = held.store.folder(second)
    plan = RunPlan.read(folder)
    assert (plan.config, plan.adapter_folder) == (changed.config, settings.adapters / "renamed")
    assert yaml.safe_load((folder / "mlx_lora.yaml").read_text())["iters"] == 7

    with pytest.raises(AppError, match="rank must be at least 1"):
        await held.change(second, changes(lora_rank=0))
    with pytest.raises(Conflict, match="reserved by a run"):
        await held.change(second, changes(adapter_name="first"))
    assert RunPlan.read(folder) == plan
    with pytest.raises(Conflict, match="clone session"):
        await held.change(held_id, changes(iterations=3))
    held.stop(first)
    with pytest.raises(Conflict, match="clone session"):
        await held.change(first, changes(iterations=3))


async def test_a_clone_has_the_settings_of_the_other_and_a_name_of_its_own(
    held: TrainingManager, configured: ConfigMaker
) -> None:
    (original,) = await start(held, configured, "voice")
    clone = await held.clone(original, changes(seed=5))
    assert clone.config == held.detail(original).config.model_copy(
        update={"seed": 5, "adapter_name": "voice-2", "on_existing": "new_name"}
    )
    assert (await held.clone(clone.id, changes())).adapter_name == "voice-3"
    (numbered_by_hand,) = await start(held, configured, "llama-3")
    assert (await held.clone(numbered_by_hand, changes())).adapter_name == "llama-3-2"
    named = await held.clone(original, changes(adapter_name="other"))
    assert (named.adapter_name, named.config.on_existing) == ("other", "refuse")
    with pytest.raises(Conflict, match="reserved"):
        await held.clone(original, changes(adapter_name="voice"))


async def test_a_waiting_run_that_is_paused_lets_others_go_first_and_is_next_when_it_goes_on(
    held: TrainingManager, configured: ConfigMaker
) -> None:
    _, first, second = await start(held, configured, "held", "first", "second")
    assert held.pause(second).state == "paused"
    assert [session.id for session in held.status().queue] == [first]
    with pytest.raises(Conflict, match="neither waits nor trains"):
        held.pause(second)
    resumed = await held.resume(second)
    assert (resumed.state, resumed.queue_position, resumed.iteration) == ("queued", 1, 0)
    with pytest.raises(Conflict, match="waits or trains already"):
        await held.resume(second)
    assert (await held.change(second, changes(iterations=5))).iterations == 5


@pytest.mark.parametrize(("ask", "state"), [("pause", "paused"), ("stop", "stopped")])
async def test_a_run_that_is_halted_while_room_is_made_for_it_never_starts(
    held: TrainingManager, configured: ConfigMaker, room: asyncio.Event, ask: str, state: str
) -> None:
    (session_id,) = await start(held, configured, "halted")
    asked = getattr(held, ask)(session_id)
    assert (asked.pausing, asked.stopping) == (ask == "pause", ask == "stop")
    room.set()
    async for _ in held.store.follow(session_id):
        pass
    assert [event.type for event in held.store.events(session_id)] == [
        "queued",
        "paused" if ask == "pause" else "finished",
    ]
    assert (held.store.get(session_id).state, held.store.get(session_id).iteration) == (state, 0)


async def test_a_pause_does_not_take_a_stop_back(held: TrainingManager, configured: ConfigMaker) -> None:
    (session_id,) = await start(held, configured, "halted")
    assert held.pause(session_id).pausing
    assert held.stop(session_id).stopping
    with pytest.raises(Conflict, match="is being stopped already"):
        held.pause(session_id)


async def test_a_paused_run_can_be_ended_and_deleted(held: TrainingManager, configured: ConfigMaker) -> None:
    _, first, second = await start(held, configured, "held", "first", "second")
    held.pause(first)
    held.pause(second)
    ended = held.stop(first)
    assert (ended.state, ended.reason) == ("stopped", "Stopped on request before the first step; there is no adapter.")
    held.delete(second)
    assert second not in [session.id for session in held.sessions()]


async def test_the_settings_of_a_run_are_loaded_again_from_what_it_gives_away(
    held: TrainingManager, configured: ConfigMaker
) -> None:
    (session_id,) = await start(held, configured, "voice")
    text = held.store.config_yaml(session_id)
    assert TrainingConfig.model_validate(yaml.safe_load(text)) == held.detail(session_id).config
    stock = yaml.safe_load(held.store.mlx_lora_yaml(session_id))
    assert (stock["iters"], stock["train"]) == (20, True)


@pytest.fixture
async def client(held: TrainingManager, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    app.state.training = held
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


async def test_everything_is_asked_for_over_rest(
    held: TrainingManager, client: httpx.AsyncClient, configured: ConfigMaker
) -> None:
    _, a, b = await start(held, configured, "held", "a", "b")
    reordered = await client.put("/api/training/queue", json=[b, a])
    assert [session["id"] for session in reordered.json()["queue"]] == [b, a]
    refused = await client.put("/api/training/queue", json=[b])
    assert (refused.status_code, refused.json()["code"]) == (409, "queue_changed")
    misshapen = await client.put("/api/training/queue", json={"session_ids": [b, a]})
    assert (misshapen.status_code, misshapen.json()["detail"]) == (422, "The body must be a JSON list.")

    changed = await client.patch(f"/api/sessions/{a}", json={"iterations": 9})
    assert (changed.status_code, changed.json()["iterations"]) == (200, 9)
    for method, address in (("PATCH", f"/api/sessions/{a}"), ("POST", f"/api/sessions/{a}/clone")):
        unknown = await client.request(method, address, json={"lora_rnk": 4})
        assert (unknown.status_code, unknown.json()["detail"]) == (
            422,
            "There is no field 'lora_rnk'; did you mean 'lora_rank'?",
        )
    clone = await client.post(f"/api/sessions/{a}/clone")
    assert (clone.status_code, clone.json()["adapter_name"], clone.json()["iterations"]) == (201, "a-2", 9)

    assert (await client.post(f"/api/sessions/{b}/pause")).json()["state"] == "paused"
    again = await client.post(f"/api/sessions/{b}/resume")
    assert (again.status_code, again.json()["queue_position"]) == (200, 1)
    busy = await client.post(f"/api/sessions/{b}/resume", json={"iterations": 50})
    assert (busy.status_code, busy.json()["code"]) == (409, "cannot_resume")

    for name in ("config.yaml", "mlx_lora.yaml"):
        text = await client.get(f"/api/sessions/{a}/{name}")
        assert text.headers["content-type"].startswith("text/plain")
        assert isinstance(yaml.safe_load(text.text), dict)
        assert (await client.get(f"/api/sessions/nothing/{name}")).status_code == 404

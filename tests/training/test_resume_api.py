"""Pausing, going on and going further, with real workers."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable

import pytest

from backend.errors import AppError, Conflict
from backend.settings import Settings, release_home
from backend.training.events import Checkpoint, Finished, Paused, Spawned, Started, Train
from backend.training.manager import TrainingManager
from backend.training.resume import RESUME_FILE, saved_iteration
from tests.training.conftest import ConfigMaker, run_to_end, write_chats

LONG = {"iterations": 100_000, "steps_per_report": 1, "steps_per_eval": 100_000, "save_every": 5}


async def until(happened: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.05)


async def followed(manager: TrainingManager, session_id: str) -> None:
    async for _ in manager.store.follow(session_id):
        pass


async def until_it_has(manager: TrainingManager, session_id: str, kind: type, seconds: float = 60) -> None:
    await until(lambda: any(isinstance(event, kind) for event in manager.store.events(session_id)), seconds)


async def test_a_pause_makes_room_for_the_next_and_the_run_goes_on_to_the_same_end(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    await run_to_end(manager, configured(adapter_name="whole", iterations=60, early_stop=False))
    paused = (await manager.start_training(configured(adapter_name="parts", iterations=60, early_stop=False))).id
    other = (await manager.start_training(configured(adapter_name="other", iterations=5))).id
    await until_it_has(manager, paused, Train)
    assert manager.pause(paused).pausing
    await followed(manager, paused)
    last = manager.store.events(paused)[-1]
    assert isinstance(last, Paused)
    session = manager.detail(paused)
    assert (session.state, session.iteration, session.resumes_after) == ("paused", last.iteration, last.iteration)
    assert (session.reason, session.finished_at) == (None, None)
    await followed(manager, other)
    assert manager.store.get(other).state == "completed"

    resumed = await manager.resume(paused)
    assert (resumed.state, resumed.iteration, resumed.duration_seconds) == ("queued", last.iteration, None)
    await followed(manager, paused)
    ended = manager.detail(paused)
    assert (ended.state, ended.iteration) == ("completed", 60)
    assert [event.begins_after for event in manager.store.events(paused) if isinstance(event, Started)] == [
        0,
        last.iteration,
    ]
    whole, parts = (settings.adapters / name / "adapters.safetensors" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()


async def test_a_finished_run_is_extended_and_only_by_more(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session_id, _ = await run_to_end(manager, configured(adapter_name="further"))
    with pytest.raises(Conflict, match=r"All 20 steps of this run are done. Give 'iterations', a new total above 20"):
        await manager.resume(session_id)
    for too_few in (20, -1):
        with pytest.raises(AppError, match=f"must be above 20, not {too_few}"):
            await manager.resume(session_id, too_few)
    assert manager.detail(session_id).state == "completed"
    first_seconds = manager.detail(session_id).duration_seconds or 0.0

    await manager.resume(session_id, 30)
    await followed(manager, session_id)
    session = manager.detail(session_id)
    assert (session.state, session.iteration, session.iterations) == ("completed", 30, 30)
    assert session.config.iterations == 30
    assert (session.duration_seconds or 0.0) > first_seconds == session.earlier_seconds
    assert (settings.adapters / "further" / "0000030_adapters.safetensors").is_file()


async def test_a_killed_run_says_where_it_can_go_on_and_does_so(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    killed = (await manager.start_training(configured(adapter_name="killed", **LONG))).id
    waiting = (await manager.start_training(configured(adapter_name="waiting", iterations=5))).id
    await until_it_has(manager, killed, Checkpoint)
    spawned = next(event for event in manager.store.events(killed) if isinstance(event, Spawned))
    os.kill(spawned.pid, signal.SIGKILL)
    await followed(manager, killed)
    finished = manager.store.events(killed)[-1]
    assert isinstance(finished, Finished)
    saved = saved_iteration(manager.store.folder(killed))
    assert saved % 5 == 0 < saved
    assert (finished.outcome, finished.iteration) == ("failed", saved)
    assert "killed from outside (SIGKILL)" in finished.reason
    assert finished.reason.endswith(f"Resume it to go on from step {saved}.")

    resumed = await manager.resume(killed, saved + 7)
    assert resumed.iteration == saved
    await followed(manager, waiting)
    await followed(manager, killed)
    session = manager.detail(killed)
    assert (session.state, session.iteration) == ("completed", saved + 7)
    assert session.started_at is not None
    assert session.started_at > (manager.store.get(waiting).finished_at or 0.0)


async def test_a_pause_before_the_first_step_keeps_nothing_and_the_run_begins_again(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session_id = (await manager.start_training(configured(adapter_name="early", iterations=10))).id
    await until_it_has(manager, session_id, Spawned)
    manager.pause(session_id)
    await followed(manager, session_id)
    assert manager.detail(session_id).resumes_after == 0
    assert not (settings.adapters / "early").exists()
    await manager.resume(session_id)
    await followed(manager, session_id)
    assert (manager.store.get(session_id).state, manager.store.get(session_id).iteration) == ("completed", 10)


async def leave(manager: TrainingManager, settings: Settings) -> None:
    """As a killed server does: its worker goes on."""
    await manager._dispatcher.end()
    await manager.inspector.close()
    release_home(settings)


@pytest.mark.exhaustive
async def test_an_adopted_run_is_paused_stays_so_over_a_restart_and_goes_on_under_the_next_server(
    settings: Settings, configured: ConfigMaker
) -> None:
    first = TrainingManager(settings)
    session_id = (await first.start_training(configured(**LONG))).id
    await until_it_has(first, session_id, Train)
    await leave(first, settings)

    second = TrainingManager(settings)
    second.start()
    await until(lambda: second.current_session_id == session_id)
    second.pause(session_id)
    await followed(second, session_id)
    await until(lambda: second._supervisor.running is None)
    before = second.detail(session_id)
    assert before.state == "paused"
    await second.close()
    release_home(settings)

    third = TrainingManager(settings)
    third.start()
    await asyncio.sleep(0.2)
    assert third.detail(session_id) == before
    await third.resume(session_id, before.iteration + 3)
    await followed(third, session_id)
    assert third.store.get(session_id).state == "completed"
    await third.close()
    release_home(settings)


async def test_a_run_that_died_while_no_server_ran_says_where_it_can_go_on(
    settings: Settings, configured: ConfigMaker
) -> None:
    first = TrainingManager(settings)
    session_id = (await first.start_training(configured(**LONG))).id
    await until_it_has(first, session_id, Checkpoint)
    await leave(first, settings)
    spawned = next(event for event in first.store.events(session_id) if isinstance(event, Spawned))
    os.kill(spawned.pid, signal.SIGKILL)

    second = TrainingManager(settings)
    second.start()
    await followed(second, session_id)
    session = second.detail(session_id)
    assert session.state == "failed"
    assert session.reason is not None
    assert session.reason.endswith(f"Resume it to go on from step {session.resumes_after}.")
    await second.close()
    release_home(settings)


@pytest.mark.exhaustive
async def test_a_run_goes_on_only_as_the_run_that_it_was(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session_id, _ = await run_to_end(manager, configured(adapter_name="same", iterations=5))
    events = manager.store.events(session_id)

    async def refused(words: str) -> None:
        with pytest.raises(Conflict, match=words):
            await manager.resume(session_id, 10)
        assert manager.store.events(session_id) == events

    train_file = settings.datasets / "sums" / "train.jsonl"
    write_chats(train_file, range(41))
    await refused(r"The data file .*train.jsonl was changed since the run began")
    train_file.unlink()
    await refused(r"The data file .*train.jsonl cannot be read any more")
    write_chats(train_file, range(40))

    config = settings.base_models / "tiny" / "config.json"
    text = config.read_text()
    config.write_text(text.replace('"rope_theta"', '"rope_theta_of_another"'))
    await refused(r"The base model in .*tiny is not the one that the run began with")
    config.write_text(text)

    adapter = settings.adapters / "same"
    shutil.copytree(adapter, settings.adapters / "kept")
    await run_to_end(manager, configured(adapter_name="same", on_existing="replace", iterations=1))
    await refused("The adapter 'same' is not of this run any more: .* made it")
    shutil.rmtree(adapter)
    waiting = await manager.start_training(configured(adapter_name="same", iterations=1))
    await refused(f"The adapter name 'same' is reserved by session {waiting.id}")
    await followed(manager, waiting.id)
    shutil.rmtree(adapter)

    state = manager.store.folder(session_id) / RESUME_FILE
    content = state.read_bytes()
    state.write_bytes(content[:-1])
    await refused(f"saved at step 5, but its {RESUME_FILE} is missing or damaged")
    state.unlink()
    await refused(f"saved at step 5, but its {RESUME_FILE} is missing or damaged")
    assert manager.detail(session_id).resumes_after is None
    state.write_bytes(content)

    await manager.resume(session_id, 10)
    await followed(manager, session_id)
    assert manager.store.get(session_id).state == "completed"


async def test_a_stop_that_a_pausing_worker_does_not_hear_any_more_is_a_stop(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session_id = (await manager.start_training(configured(**LONG))).id
    await until_it_has(manager, session_id, Train)
    manager.pause(session_id)
    while manager.store.get(session_id).state != "paused":
        await asyncio.sleep(0)
    assert manager._supervisor.running == session_id
    manager.stop(session_id)
    await manager._dispatcher.until_left(session_id)
    ended = manager.detail(session_id)
    assert (ended.state, ended.resumes_after) == ("stopped", ended.iteration)


@pytest.mark.exhaustive
async def test_a_run_that_was_lost_while_it_wrote_its_last_adapter_writes_it(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session_id, _ = await run_to_end(manager, configured(adapter_name="late", iterations=3))
    latest = settings.adapters / "late" / "adapters.safetensors"
    content = latest.read_bytes()
    manager.store.append(session_id, Finished(outcome="failed", reason="The machine lost its power.", iteration=3))
    shutil.rmtree(latest.parent)
    await manager.resume(session_id)
    await followed(manager, session_id)
    assert manager.store.get(session_id).state == "completed"
    assert latest.read_bytes() == content


@pytest.mark.exhaustive
async def test_a_run_whose_first_save_failed_goes_on_to_replace_what_it_was_to_replace(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    old, _ = await run_to_end(manager, configured(adapter_name="sums", iterations=1))
    in_the_way = settings.adapters / ".making-sums"
    in_the_way.touch()
    session_id, events = await run_to_end(manager, configured(adapter_name="sums", on_existing="replace"))
    assert isinstance(events[-1], Finished)
    assert "could not be written" in events[-1].reason
    assert saved_iteration(manager.store.folder(session_id)) == 10
    assert manager.adapters.session_of("sums") == old
    in_the_way.unlink()
    await manager.resume(session_id)
    await followed(manager, session_id)
    assert manager.store.get(session_id).state == "completed"
    assert manager.adapters.session_of("sums") == session_id


@pytest.mark.exhaustive
async def test_a_run_that_diverged_before_anything_was_kept_has_nothing_saved(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    config = configured(learning_rate=1e30, save_every=1, steps_per_eval=100)
    session_id, events = await run_to_end(manager, config)
    assert any(isinstance(event, Checkpoint) for event in events)
    session = manager.detail(session_id)
    assert (session.state, session.iteration, session.saved_iteration) == ("failed", 0, 0)
    assert (session.best_iteration, session.resumes_after) == (None, 0)


@pytest.mark.exhaustive
async def test_what_breaks_in_the_server_ends_the_run_in_words_and_the_queue_goes_on(
    settings: Settings, configured: ConfigMaker
) -> None:
    broken = ["no room in there"]

    async def make_room() -> None:
        if broken:
            raise RuntimeError(broken.pop())

    manager = TrainingManager(settings, make_room=make_room)
    first = (await manager.start_training(configured(adapter_name="first", iterations=1))).id
    second = (await manager.start_training(configured(adapter_name="second", iterations=1))).id
    await followed(manager, first)
    assert manager.store.get(first).state == "failed"
    assert "no room in there" in (manager.store.get(first).reason or "")
    await followed(manager, second)
    assert manager.store.get(second).state == "completed"
    await manager.close()
    release_home(settings)

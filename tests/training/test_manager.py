"""Queue, stop, kill and adoption, with real workers."""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from backend.errors import AppError, Conflict
from backend.settings import HomeTaken, Settings, release_home
from backend.training.events import Finished, Spawned, Started, Train
from backend.training.manager import TrainingManager
from tests.training.conftest import ConfigMaker, run_to_end

LONG = {"iterations": 100_000, "steps_per_report": 1, "steps_per_eval": 100_000, "save_every": 100_000}


async def until(happened: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.05)


def has(manager: TrainingManager, session_id: str, kind: type) -> bool:
    return any(isinstance(event, kind) for event in manager.store.events(session_id))


def end(manager: TrainingManager, session_id: str) -> Finished:
    finished = manager.store.events(session_id)[-1]
    assert isinstance(finished, Finished)
    return finished


async def test_runs_go_one_at_a_time_in_order(manager: TrainingManager, configured: ConfigMaker) -> None:
    assert manager.training_state == "idle"
    sessions = [await manager.start_training(configured(adapter_name=name)) for name in ("a", "b", "c")]
    await until(lambda: manager.current_session_id == sessions[0].id)
    assert [manager.detail(session.id).queue_position for session in sessions] == [None, 1, 2]
    assert [session.id for session in manager.status().queue] == [session.id for session in sessions[1:]]
    for session in sessions:
        async for _ in manager.store.follow(session.id):
            pass
    spans = [
        (
            next(event.time for event in events if isinstance(event, Spawned)),
            next(event.time for event in events if isinstance(event, Finished)),
        )
        for events in (manager.store.events(session.id) for session in sessions)
    ]
    assert spans == sorted(spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    await until(lambda: manager.current_session_id is None)
    assert manager.training_state == "idle"


async def test_stopping_ends_the_step_and_keeps_the_adapter(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session = await manager.start_training(configured(adapter_name="stopped", **LONG))
    await until(lambda: has(manager, session.id, Train))
    assert manager.training_state == "running"
    assert manager.current_session_id == session.id
    await manager.stop_training()
    finished = end(manager, session.id)
    assert finished.outcome == "stopped"
    assert finished.iteration > 0
    assert f"after step {finished.iteration}" in finished.reason
    assert (settings.adapters / "stopped" / "adapters.safetensors").is_file()
    assert (settings.adapters / "stopped" / f"{finished.iteration:07d}_adapters.safetensors").is_file()
    with pytest.raises(Conflict, match="Nothing is training"):
        await manager.stop_training()
    with pytest.raises(Conflict, match="has ended already"):
        manager.stop(session.id)


async def test_what_waits_can_be_taken_out_of_the_queue(manager: TrainingManager, configured: ConfigMaker) -> None:
    first = await manager.start_training(configured(adapter_name="first", **LONG))
    second = await manager.start_training(configured(adapter_name="second"))
    third = await manager.start_training(configured(adapter_name="third"))
    assert manager.detail(third.id).queue_position == 2
    manager.stop(second.id)
    assert end(manager, second.id).reason == "Taken out of the queue before it started."
    assert manager.detail(third.id).queue_position == 1
    with pytest.raises(Conflict, match="stop it first"):
        manager.delete(third.id)
    await until(lambda: has(manager, first.id, Started))
    await manager.stop_training()
    async for _ in manager.store.follow(third.id):
        pass
    assert end(manager, third.id).outcome == "completed"


async def test_a_killed_worker_is_reported_as_what_it_was_and_the_queue_goes_on(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    killed = await manager.start_training(configured(adapter_name="killed", **{**LONG, "save_every": 3}))
    after = await manager.start_training(configured(adapter_name="after"))
    await until(lambda: (settings.adapters / "killed" / "0000003_adapters.safetensors").exists())
    spawned = next(event for event in manager.store.events(killed.id) if isinstance(event, Spawned))
    os.kill(spawned.pid, signal.SIGKILL)
    async for _ in manager.store.follow(after.id):
        pass
    finished = end(manager, killed.id)
    assert finished.outcome == "failed"
    assert "killed from outside (SIGKILL)" in finished.reason
    assert end(manager, after.id).outcome == "completed"
    assert (settings.adapters / "killed" / "adapters.safetensors").is_file()


async def test_an_orderly_end_stops_what_trains_and_leaves_the_queue_to_the_next(
    settings: Settings, configured: ConfigMaker
) -> None:
    manager = TrainingManager(settings)
    first = await manager.start_training(configured(adapter_name="first", **LONG))
    second = await manager.start_training(configured(adapter_name="second"))
    await until(lambda: has(manager, first.id, Train))
    await manager.close()
    release_home(settings)
    assert end(manager, first.id).outcome == "stopped"
    assert manager.store.get(second.id).state == "queued"
    following = TrainingManager(settings)
    following.start()
    async for _ in following.store.follow(second.id):
        pass
    assert end(following, second.id).outcome == "completed"
    await following.close()
    release_home(settings)


@pytest.fixture
async def abandoned(settings: Settings, configured: ConfigMaker) -> AsyncIterator[tuple[TrainingManager, str, str]]:
    """A manager that went away in mid-run, as a killed server does, with a run going on and one waiting."""
    manager = TrainingManager(settings)
    first = await manager.start_training(configured(adapter_name="first", **LONG))
    second = await manager.start_training(configured(adapter_name="second"))
    await until(lambda: has(manager, first.id, Train))
    await manager._dispatcher.end()
    release_home(settings)
    yield manager, first.id, second.id
    await manager.inspector.close()


async def test_a_run_whose_server_was_killed_is_adopted_stopped_and_followed_by_the_next(
    abandoned: tuple[TrainingManager, str, str], manager: TrainingManager, settings: Settings
) -> None:
    _, first, second = abandoned
    seen = manager.store.get(first).last_seq
    manager.start()
    await until(lambda: manager.current_session_id == first)
    await until(lambda: manager.store.get(first).last_seq > seen)
    assert manager.training_state == "running"
    await manager.stop_training()
    assert end(manager, first).outcome == "stopped"
    assert (settings.adapters / "first" / "adapters.safetensors").is_file()
    async for _ in manager.store.follow(second):
        pass
    assert end(manager, second).outcome == "completed"


async def test_a_run_that_died_while_no_server_ran_gets_its_end(
    abandoned: tuple[TrainingManager, str, str], manager: TrainingManager
) -> None:
    _, first, second = abandoned
    spawned = next(event for event in manager.store.events(first) if isinstance(event, Spawned))
    os.kill(spawned.pid, signal.SIGKILL)
    manager.start()
    async for _ in manager.store.follow(second):
        pass
    assert end(manager, first).outcome == "failed"
    assert end(manager, second).outcome == "completed"


async def test_following_repeats_and_loses_nothing_from_any_point(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session = await manager.start_training(configured())
    live = [line async for line in manager.store.follow(session.id)]
    stored = [event.model_dump_json() for event in manager.store.events(session.id)]
    assert live == stored
    for after in (0, 1, 7, len(stored) - 1):
        assert [line async for line in manager.store.follow(session.id, after)] == stored[after:]


async def test_a_finished_session_opens_from_disk_as_it_was(
    manager: TrainingManager, settings: Settings, configured: ConfigMaker
) -> None:
    session_id, events = await run_to_end(manager, configured())
    await until(lambda: manager.current_session_id is None)
    later = TrainingManager(settings)
    assert later.store.events(session_id) == events
    assert later.detail(session_id) == manager.detail(session_id)
    assert later.sessions() == manager.sessions()


async def test_one_home_has_one_manager(manager: TrainingManager, settings: Settings) -> None:
    """Another process is told so, with the address to use instead."""
    manager.start("http://127.0.0.1:8123")
    code = (
        "import asyncio; from backend.settings import Settings; from backend.main import TrainingManager, "
        "TrainingConfig\n"
        f"manager = TrainingManager(Settings(home={str(settings.home)!r}))\n"
        "async def go(): await manager.start_training(TrainingConfig(model_path='tiny', train_data_path='sums'))\n"
        "try: asyncio.run(go())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().startswith(HomeTaken.__name__)
    assert "http://127.0.0.1:8123" in output.decode()


async def test_names_that_are_taken(manager: TrainingManager, configured: ConfigMaker, settings: Settings) -> None:
    await run_to_end(manager, configured(adapter_name="mine", iterations=1))
    with pytest.raises(AppError) as refused:
        await manager.start_training(configured(adapter_name="mine"))
    assert (refused.value.status_code, refused.value.code) == (409, "adapter_exists")
    assert refused.value.fields[0]["field"] == "adapter_name"
    again = await manager.start_training(configured(adapter_name="mine", on_existing="new_name", iterations=1))
    assert again.adapter_name == "mine-2"
    unnamed = [await manager.start_training(configured(iterations=1)) for _ in range(3)]
    assert [session.adapter_name for session in unnamed] == ["mlx_finetune", "mlx_finetune-2", "mlx_finetune-3"]
    with pytest.raises(AppError, match="reserved by a run"):
        await manager.start_training(configured(adapter_name=unnamed[2].adapter_name, on_existing="replace"))
    async for _ in manager.store.follow(unnamed[2].id):
        pass


async def test_two_starts_at_once_cannot_take_one_name(manager: TrainingManager, configured: ConfigMaker) -> None:
    starts = await asyncio.gather(
        *(manager.start_training(configured(adapter_name="one", iterations=1)) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(start, Conflict) for start in starts) == 3


async def test_deleting_a_session_leaves_its_adapter_unless_asked(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    first, _ = await run_to_end(manager, configured(adapter_name="kept", iterations=1))
    second, _ = await run_to_end(manager, configured(adapter_name="gone", iterations=1))
    third, _ = await run_to_end(manager, configured(adapter_name="gone", on_existing="replace", iterations=1))
    await until(lambda: manager.current_session_id is None)
    manager.delete(first)
    manager.delete(second, with_adapter=True)
    assert sorted(folder.name for folder in settings.adapters.iterdir()) == ["gone", "kept"]
    manager.delete(third, with_adapter=True)
    assert sorted(folder.name for folder in settings.adapters.iterdir()) == ["kept"]
    assert manager.sessions() == []

"""A run that is interrupted anywhere, and goes on, ends in the adapter of the run that never was."""

import asyncio
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.process import GO, worker_environment
from backend.settings import REPOSITORY, Settings
from backend.training.events import Best, Finished, Paused, Train, Validation, Warned
from backend.training.manager import TrainingManager
from backend.training.resume import RESUME_FILE, saved_iteration
from tests.training.conftest import ConfigMaker, write_chats

RUN: dict[str, Any] = {
    "iterations": 90,
    "batch_size": 4,
    "grad_accumulation_steps": 2,
    "lora_dropout": 0.1,
    "lr_schedule": "cosine",
    "warmup_steps": 5,
    "max_grad_norm": 1.0,
    "save_every": 3,
    "steps_per_eval": 7,
    "steps_per_report": 1,
    "early_stop": False,
}


async def prepared(manager: TrainingManager, configured: ConfigMaker, name: str, **changes: Any) -> Path:
    """The folder of a session that waits and that no manager starts."""
    plan = await manager.planner.plan(configured(adapter_name=name, **RUN | changes))
    return manager.store.folder(manager.store.create(plan))


def started(session: Path) -> "subprocess.Popen[bytes]":
    with (session / "output.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "backend.workers.train", str(session)],
            stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=REPOSITORY, env=worker_environment(),
        )  # fmt: skip
    assert worker.stdin is not None
    with worker.stdin as gate:
        gate.write(GO)
    return worker


def finish(session: Path) -> None:
    assert started(session).wait(timeout=120) == 0, (session / "output.log").read_text()[-2000:]


def wait_for(condition: Callable[[], bool], worker: "subprocess.Popen[bytes]") -> None:
    while not condition() and worker.poll() is None:
        time.sleep(0.0005)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.safetensors"))}


def is_saving(session: Path, adapter: Path) -> bool:
    return any(folder.exists() and any(folder.glob(".making-*")) for folder in (session, adapter))


@pytest.mark.exhaustive
async def test_killed_ten_times_anywhere_it_ends_in_the_same_bytes(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    whole = await prepared(manager, configured, "whole")
    finish(whole)
    broken = await prepared(manager, configured, "broken")
    adapter = settings.adapters / "broken"
    dice = random.Random(7)
    places = set()
    log = broken / "output.log"
    for kill in range(10):
        reached, said = saved_iteration(broken), log.stat().st_size
        worker = started(broken)
        step = f"Iter {reached + dice.randint(2, 12)}:".encode()
        wait_for(lambda: step in log.read_bytes()[said:], worker)  # noqa: B023
        if kill % 3 == 0:
            # Inside a write, of the adapter or of the file to go on from.
            wait_for(lambda: is_saving(broken, adapter), worker)
        else:
            await asyncio.sleep(dice.uniform(0, 0.05))
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        places.add(saved_iteration(broken))
    assert len(places) > 4, places
    finish(broken)
    assert contents(adapter) == contents(settings.adapters / "whole")


@pytest.mark.parametrize(
    "optimizer", ["adamw", *(pytest.param(name, marks=pytest.mark.exhaustive) for name in ("adafactor", "muon", "sgd"))]
)
async def test_pausing_changes_nothing(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings, optimizer: str
) -> None:
    changes = {"optimizer": optimizer, "iterations": 14, "loraplus_lr_ratio": 4.0}
    finish(await prepared(manager, configured, "whole", **changes))
    paused = await prepared(manager, configured, "paused", **changes)
    worker = started(paused)
    wait_for(lambda: "Iter 3:" in (paused / "output.log").read_text(), worker)
    worker.send_signal(signal.SIGUSR1)
    assert worker.wait(timeout=60) == 0
    last = manager.store.events(paused.name)[-1]
    assert isinstance(last, Paused)
    assert 3 <= last.iteration < 14
    assert saved_iteration(paused) == last.iteration
    finish(paused)
    latest = [settings.adapters / name / "adapters.safetensors" for name in ("whole", "paused")]
    assert latest[0].read_bytes() == latest[1].read_bytes()
    reported = [event for event in manager.store.events(paused.name) if isinstance(event, Train)]
    assert [event.iteration for event in reported] == list(range(1, 15))


@pytest.mark.exhaustive
async def test_a_validation_that_a_pause_cuts_short_is_made_up_for(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    write_chats(settings.datasets / "sums" / "valid.jsonl", range(100, 350))
    changes = {"iterations": 4, "warmup_steps": 0, "steps_per_eval": 3, "save_every": 10, "batch_size": 1}
    whole = await prepared(manager, configured, "whole", **changes)
    finish(whole)
    paused = await prepared(manager, configured, "paused", **changes)
    worker = started(paused)
    wait_for(lambda: "Iter 3: Train" in (paused / "output.log").read_text(), worker)
    worker.send_signal(signal.SIGUSR1)
    assert worker.wait(timeout=60) == 0
    first = manager.store.events(paused.name)
    assert [event.iteration for event in first if isinstance(event, Validation)] == [0]
    assert isinstance(first[-1], Paused)
    finish(paused)

    def found(session: Path, kind: type[Validation] | type[Best]) -> list[tuple[int, float]]:
        events = manager.store.events(session.name)
        return [(event.iteration, event.val_loss) for event in events if isinstance(event, kind)]

    assert found(paused, Validation) == found(whole, Validation)
    assert found(paused, Best) == found(whole, Best)
    best = [settings.adapters / name / "best_adapters.safetensors" for name in ("whole", "paused")]
    assert best[0].read_bytes() == best[1].read_bytes()


async def test_a_run_goes_on_in_what_it_was_told_of_its_surroundings(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session = await prepared(manager, configured, "moved", iterations=6)
    finish(session)
    file = session / RESUME_FILE
    loaded: Any = mx.load(str(file), return_metadata=True)
    tensors, metadata = loaded
    surroundings = json.loads(metadata["surroundings"])
    metadata["surroundings"] = json.dumps(surroundings | {"mlx": "0.1"})
    mx.save_safetensors(str(file), tensors, metadata)
    finish(session)
    warning = [event for event in manager.store.events(session.name) if isinstance(event, Warned)][-1]
    assert f"mlx was 0.1, is {surroundings['mlx']}" in warning.message
    assert "differs in the last bits" in warning.message


async def test_an_adapter_that_is_missing_is_written_again_from_what_was_saved(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session = await prepared(manager, configured, "lost", iterations=7, save_every=100)
    finish(session)
    adapter = settings.adapters / "lost"
    whole = contents(adapter)
    assert list(whole) == ["0000007_adapters.safetensors", "adapters.safetensors", "best_adapters.safetensors"]
    shutil.rmtree(adapter)
    finish(session)
    assert contents(adapter) == whole


@pytest.mark.exhaustive
async def test_what_a_run_started_from_is_not_needed_any_more_once_it_has_saved(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    finish(await prepared(manager, configured, "first", iterations=6))
    file = settings.adapters / "first" / "adapters.safetensors"
    session = await prepared(manager, configured, "second", resume_adapter_file=str(file))
    worker = started(session)
    wait_for(lambda: saved_iteration(session) > 0, worker)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    file.unlink()
    finish(session)
    early = await prepared(manager, configured, "third", iterations=6)
    plan = manager.store.plan(early.name)
    plan.config.resume_adapter_file = str(file)
    manager.store.rewrite(early.name, plan)
    assert started(early).wait(timeout=60) == 1
    end = manager.store.events(early.name)[-1]
    assert isinstance(end, Finished)
    assert end.reason == f"The adapter file to start from, {file}, is not there any more; put it back."


async def test_data_that_is_changed_while_a_run_waits_is_refused(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session = await prepared(manager, configured, "waits", iterations=6)
    write_chats(settings.datasets / "sums" / "valid.jsonl", range(5))
    assert started(session).wait(timeout=60) == 1
    end = manager.store.events(session.name)[-1]
    assert isinstance(end, Finished)
    assert "valid.jsonl was changed since the run began" in end.reason


async def test_a_damaged_file_is_refused_and_the_adapter_kept(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session = await prepared(manager, configured, "damaged", iterations=6)
    finish(session)
    before = contents(settings.adapters / "damaged")
    file = session / RESUME_FILE
    file.write_bytes(file.read_bytes()[:-100])
    assert started(session).wait(timeout=60) == 1
    end = manager.store.events(session.name)[-1]
    assert isinstance(end, Finished)
    assert (end.outcome, end.iteration) == ("failed", 0)
    assert "is damaged" in end.reason
    assert contents(settings.adapters / "damaged") == before

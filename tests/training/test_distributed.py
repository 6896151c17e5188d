"""Runs that two real processes share, over MLX's ring on this machine."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import psutil
import pytest

from backend.errors import AppError
from backend.process import WorkerProcess
from backend.settings import Settings
from backend.training.events import Finished, Paused, Started, Train, TrainingEvent, Validation
from backend.training.manager import TrainingManager
from backend.training.planning.validation import InvalidConfig, check_values
from backend.training.resume import saved_iteration
from backend.training.supervisor import WORKER
from backend.workers.launch import PEER_LOST, RANK, free_ports, network_addresses, why
from tests.training.conftest import ConfigMaker
from tests.training.test_resume import contents, prepared

RUN: dict[str, Any] = {
    "iterations": 12,
    "batch_size": 3,
    "grad_accumulation_steps": 2,
    "lora_dropout": 0.0,
    "mask_prompt": True,
    "lr_schedule": "cosine",
    "warmup_steps": 2,
    "max_grad_norm": 1.0,
    "save_every": 6,
    "steps_per_eval": 6,
    "steps_per_report": 1,
    "early_stop": False,
}
TWO: dict[str, Any] = RUN | {"local_processes": 2}
SSH = '#!/bin/bash\nexec bash -c "${@: -1}"\n'
"""Runs the command here, as ssh would there."""


workers: list[WorkerProcess] = []


@pytest.fixture(autouse=True)
def no_worker_outlives_its_test() -> Iterator[None]:
    yield
    while workers:
        workers.pop().kill()


def started(session: Path) -> WorkerProcess:
    worker = WorkerProcess.spawn(WORKER, str(session), log=session / "output.log")
    workers.append(worker)
    worker.release()
    return worker


async def finish(session: Path) -> None:
    assert await started(session).wait() == 0, (session / "output.log").read_text()[-2000:]


async def reached(session: Path, worker: WorkerProcess, line: str) -> None:
    log = session / "output.log"
    said = log.stat().st_size
    while line not in log.read_text()[said:]:
        assert worker.is_alive(), log.read_text()[-2000:]
        await asyncio.sleep(0.005)


def ranks(worker: WorkerProcess) -> dict[str, psutil.Process]:
    found = {}
    for process in psutil.Process(worker.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error, KeyError):  # it ends, or is not yet what it becomes
            if process.cmdline()[1:3] == ["-m", RANK]:
                found[process.environ()["MLX_RANK"]] = process
    return found


def tensors(adapter: Path) -> dict[str, np.ndarray]:
    loaded: Any = mx.load(str(adapter / "adapters.safetensors"))
    return {name: np.array(value) for name, value in loaded.items()}


def curve(events: list[TrainingEvent]) -> list[tuple[int, float]]:
    return [
        (event.iteration, event.train_loss if isinstance(event, Train) else event.val_loss)
        for event in events
        if isinstance(event, Train | Validation)
    ]


async def test_two_processes_learn_what_one_does(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    events = {}
    for name, changes in (("one", RUN), ("two", TWO)):
        session = await prepared(manager, configured, name, **changes)
        await finish(session)
        events[name] = manager.store.events(session.name)
    assert [event.type for event in events["two"]] == [event.type for event in events["one"]]
    assert len(curve(events["one"])) == 12 + 3
    for one, two in zip(curve(events["one"]), curve(events["two"]), strict=True):
        assert two == pytest.approx(one, abs=1e-5)
    alone, shared = tensors(settings.adapters / "one"), tensors(settings.adapters / "two")
    assert shared.keys() == alone.keys()
    for name, value in alone.items():
        np.testing.assert_allclose(shared[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.exhaustive
async def test_stopped_and_paused_they_go_on_to_the_same_bytes(
    manager: TrainingManager,
    configured: ConfigMaker,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = TWO | {"lora_dropout": 0.1, "iterations": 40, "save_every": 20}
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(ssh.parent), prepend=":")
    # One process is as good as another, wherever it runs.
    machines = {"local_processes": 1, "hosts": ["127.0.0.1", "localhost"]}
    whole = await prepared(manager, configured, "whole", **changes | machines)
    await finish(whole)
    broken = await prepared(manager, configured, "broken", **changes)
    for step, ask, kind in ((3, WorkerProcess.terminate, Finished), (12, WorkerProcess.pause, Paused)):
        worker = started(broken)
        await reached(broken, worker, f"Iter {step}:")
        ask(worker)
        assert await worker.wait() == 0
        end = manager.store.events(broken.name)[-1]
        assert isinstance(end, kind)
        assert step <= end.iteration < 40
        assert saved_iteration(broken) == end.iteration
    await finish(broken)
    assert contents(settings.adapters / "broken")["adapters.safetensors"] == (
        (settings.adapters / "whole" / "adapters.safetensors").read_bytes()
    )
    begun = [event.begins_after for event in manager.store.events(broken.name) if isinstance(event, Started)]
    assert begun == sorted(begun)
    assert len(begun) == 3


async def test_a_process_that_is_killed_ends_the_run_in_words(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session = await prepared(manager, configured, "killed", **TWO | {"iterations": 4000, "save_every": 2})
    worker = started(session)
    await reached(session, worker, "Iter 3:")
    group = [worker.pid, *(process.pid for process in psutil.Process(worker.pid).children(recursive=True))]
    assert len(group) == 4
    ranks(worker)["1"].send_signal(signal.SIGKILL)
    code = await worker.wait()
    end = manager.store.events(session.name)[-1]
    assert isinstance(end, Finished)
    assert end.outcome == "failed"
    assert "Process 2 of 2 failed" in end.reason
    assert "SIGKILL" in end.reason
    assert f"go on from step {saved_iteration(session)}" in end.reason
    assert end.iteration == saved_iteration(session) >= 2
    assert code == 1
    assert not [pid for pid in group if psutil.pid_exists(pid)]


@pytest.mark.parametrize(("ask", "kind"), [(WorkerProcess.pause, Paused), (WorkerProcess.kill, None)])
async def test_they_hear_requests_while_they_begin(
    manager: TrainingManager,
    configured: ConfigMaker,
    settings: Settings,
    ask: Callable[[WorkerProcess], None],
    kind: Any,
) -> None:
    session = await prepared(manager, configured, "early", **TWO | {"iterations": 4000})
    worker = started(session)
    while worker.is_alive() and len(ranks(worker)) < 2:
        await asyncio.sleep(0.005)
    group = psutil.Process(worker.pid).children(recursive=True)
    ask(worker)
    code = await worker.wait()
    psutil.wait_procs(group, timeout=10)
    assert not [process for process in group if process.is_running()]
    end = manager.store.events(session.name)[-1]
    if kind is None:
        assert code == -signal.SIGKILL
    else:
        assert code == 0
        assert isinstance(end, kind)
        assert end.iteration == 0
    assert not (settings.adapters / "early").exists()


def test_machines_that_cannot_train_together_are_refused() -> None:
    assert network_addresses(["localhost", "127.0.0.2"]) == ["127.0.0.1", "127.0.0.2"]
    with pytest.raises(AppError, match=r"must be this one, but 192\.0\.2\.1 is another"):
        network_addresses(["192.0.2.1", "127.0.0.1"])
    with pytest.raises(AppError, match=r"cannot reach this one as 127\.0\.0\.1"):
        network_addresses(["127.0.0.1", "192.0.2.1"])
    with pytest.raises(AppError, match=r"knows none of the name nowhere\.invalid"):
        network_addresses(["127.0.0.1", "nowhere.invalid"])


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        ({0: PEER_LOST, 1: -9}, "Process 2 of 2, on mac-2, failed, which ended all of them. The worker was killed"),
        ({1: PEER_LOST, 0: -9}, "Process 1 of 2 failed"),
        ({1: 255, 0: PEER_LOST}, "`ssh mac-2` must work without a question"),
        ({1: 127}, "must be there too"),
        ({0: PEER_LOST, 1: PEER_LOST}, "did not find each other, or lost each other"),
        ({}, "without starting the processes"),
    ],
)
def test_why_a_run_ended_without_a_report(failed: dict[int, int], words: str) -> None:
    assert words in why(failed, ["127.0.0.1", "mac-2"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hosts": ["10.0.0.1", "-oProxyCommand=true"]}, "hosts"),
        ({"hosts": ["10.0.0.1", "$(true)"]}, "hosts"),
        ({"hosts": ["10.0.0.1", "fe80::1"]}, "hosts"),
        ({"hosts": ["10.0.0.1", "10.0.0.1"]}, "hosts"),
        ({"hosts": ["10.0.0.1"]}, "hosts"),
        ({"hosts": ["10.0.0.1", "10.0.0.2"], "local_processes": 2}, "local_processes"),
        ({"local_processes": 65}, "local_processes"),
    ],
)
def test_machines_are_checked_before_a_run_waits(configured: ConfigMaker, changes: dict[str, Any], field: str) -> None:
    check_values(configured(hosts=["mac-studio.local", "10.0.0.2"]), None)
    with pytest.raises(InvalidConfig) as refused:
        check_values(configured(**changes), None)
    assert {problem["field"] for problem in refused.value.fields} == {field}


def test_ports_in_a_row_are_free() -> None:
    assert 1024 < free_ports("127.0.0.1", 5) < 65536 - 5

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from backend.process import WorkerProcess, explain_exit, keep_awake, keep_awake_command


def sleeper(log: Path) -> WorkerProcess:
    """A real process in a group of its own: Python's own `timeit` on an endless sleep."""
    return WorkerProcess.spawn("timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)", log=log)


async def test_a_worker_is_adopted_by_pid_and_start_time_only(tmp_path: Path) -> None:
    worker = sleeper(tmp_path / "log")
    adopted = WorkerProcess.adopt(worker.pid, worker.started)
    assert adopted is not None
    assert adopted.is_alive()
    assert WorkerProcess.adopt(worker.pid, worker.started - 60) is None
    adopted.kill()
    assert await worker.wait() == -signal.SIGKILL
    assert await adopted.wait() is None
    assert WorkerProcess.adopt(worker.pid, worker.started) is None


async def test_kill_ends_the_whole_group(tmp_path: Path) -> None:
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    worker = WorkerProcess.spawn("timeit", "-n", "1", "-r", "1", code, log=tmp_path / "log")
    process = psutil.Process(worker.pid)
    while not (children := process.children()):
        await asyncio.sleep(0.02)
    worker.kill()
    await worker.wait()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


async def test_a_request_reaches_the_worker_alone(tmp_path: Path) -> None:
    """What it has started, such as a compiler, is let end its work."""
    code = (
        "import signal, subprocess; signal.signal(signal.SIGTERM, lambda *_: None); "
        "signal.signal(signal.SIGUSR1, lambda *_: None); print(subprocess.run(['sleep', '1']).returncode, flush=True)"
    )
    log = tmp_path / "log"
    worker = WorkerProcess.spawn("timeit", "-n", "1", "-r", "1", code, log=log)
    while not psutil.Process(worker.pid).children():
        await asyncio.sleep(0.02)
    worker.terminate()
    worker.pause()
    assert await worker.wait() == 0
    assert log.read_text().startswith("0\n")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "memory runs out"),
        (-11, "memory ran out"),
        (-15, "SIGTERM"),
        (-10, "SIGUSR1"),
        (3, "exit code 3"),
        (os.EX_IOERR, "disk"),
        (0, "without a report"),
        (None, "not known"),
    ],
)
def test_every_exit_code_has_words(code: int | None, words: str) -> None:
    assert words in explain_exit(code)


def test_only_a_mac_is_kept_awake_and_only_as_long_as_the_worker_lives() -> None:
    assert keep_awake_command("darwin", 4711) == ["caffeinate", "-i", "-w", "4711"]
    assert keep_awake_command("linux", 4711) is None


def test_where_nothing_keeps_the_machine_awake_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("PATH", "")
    keep_awake(os.getpid())
    assert "may fall asleep" in caplog.text


def test_what_keeps_the_machine_awake_is_started_beside_the_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "caffeinate"
    program.write_text(f"#!/bin/sh\necho $@ > {tmp_path}/asked.part && mv {tmp_path}/asked.part {tmp_path}/asked\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    keep_awake(4711)
    until = time.monotonic() + 10
    while not (tmp_path / "asked").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert (tmp_path / "asked").read_text() == "-i -w 4711\n"

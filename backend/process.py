"""Starts, stops and watches worker processes. Knows processes and pipes, not MLX and not what workers do."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from backend.settings import REPOSITORY

logger = logging.getLogger(__name__)

GO = b"go\n"
POLL_SECONDS = 0.05
START_TOLERANCE_SECONDS = 2.0
LESS_MEMORY = "Try a shorter sequence length, a smaller batch, or a smaller model."
OPENBLAS = (
    "/usr/lib/x86_64-linux-gnu/libopenblas.so.0",
    "/usr/lib/aarch64-linux-gnu/libopenblas.so.0",
    "/usr/lib64/libopenblas.so.0",
    "/usr/lib/libopenblas.so.0",
)


class WorkerProcess:
    """A worker in a process group of its own, started by this server or by one before it."""

    def __init__(self, process: psutil.Process, child: "subprocess.Popen[bytes] | None" = None) -> None:
        self.pid = process.pid
        self.started = process.create_time()
        self._process = process
        self._child = child

    @classmethod
    def spawn(cls, module: str, *arguments: str, log: Path, online: bool = False) -> "WorkerProcess":
        """The worker waits for `release`; if this server dies before, it ends without having done anything."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=REPOSITORY,
                env=worker_environment(online),
                start_new_session=True,
            )
        return cls(psutil.Process(child.pid), child)

    @classmethod
    async def begin(
        cls,
        module: str,
        *arguments: str,
        log: Path,
        record: "Callable[[WorkerProcess], object]",
        online: bool = False,
    ) -> "WorkerProcess":
        """Spawn, `record` it, and only then let it begin. Raises OSError where that fails, and no worker is left."""
        worker = cls.spawn(module, *arguments, log=log, online=online)
        try:
            record(worker)
        except OSError:
            worker.kill()
            await worker.wait()
            raise
        worker.release()
        keep_awake(worker.pid)
        return worker

    @classmethod
    def adopt(cls, pid: int, started: float) -> "WorkerProcess | None":
        """The process that an earlier server started, if it still runs; a pid that was given again is not it."""
        try:
            process = psutil.Process(pid)
            same = abs(process.create_time() - started) < START_TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return None
        worker = cls(process) if same else None
        return worker if worker and worker.is_alive() else None

    def release(self) -> None:
        """Let a spawned worker begin."""
        assert self._child is not None
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._child.stdin as gate:
            gate.write(GO)

    def is_alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self._process.is_running() and not is_dead(self.pid)

    async def wait(self) -> int | None:
        """The exit code, negative for a signal; None where another server started the process."""
        while self.is_alive():
            await asyncio.sleep(POLL_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # whatever it started ends with it
            os.killpg(self.pid, signal.SIGKILL)
        return self._child.returncode if self._child else None

    def terminate(self) -> None:
        self._ask(signal.SIGTERM)

    def pause(self) -> None:
        self._ask(signal.SIGUSR1)

    def kill(self) -> None:
        """With all that it started."""
        if self.is_alive():
            os.killpg(self.pid, signal.SIGKILL)

    def _ask(self, number: signal.Signals) -> None:
        """The worker alone: it still needs what it started, such as the compiler of MLX's kernels."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.is_alive():
                self._process.send_signal(number)


def keep_awake(pid: int) -> None:
    """See that the machine does not sleep while a process runs."""
    if command := keep_awake_command(sys.platform, pid):
        try:
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            logger.warning("The machine may fall asleep during the run: %s could not be started: %s", command, error)


def keep_awake_command(platform: str, pid: int) -> list[str] | None:
    """What holds off idle sleep until the process `pid` ends, and then ends too; only macOS needs it."""
    return ["caffeinate", "-i", "-w", str(pid)] if platform == "darwin" else None


def is_dead(pid: int) -> bool:
    """Also where nobody has asked for its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def explain_exit(code: int | None) -> str:
    """An exit code in words, with what to try."""
    match code:
        case None:
            return "The worker ended without a report; an earlier server had started it, so its exit code is not known."
        case 0:
            return "The worker ended without a report."
        case -9 | 137:
            return (
                "The worker was killed from outside (SIGKILL). "
                f"Systems do this when memory runs out, if nobody did it by hand. {LESS_MEMORY}"
            )
        case -11 | -7 | 139:
            return f"The worker crashed on a memory access; on a CPU that usually means memory ran out. {LESS_MEMORY}"
        case -6 | 134:
            return "The worker was aborted by a library it uses; the end of the log says why."
        case -15 | -2 | -1:
            return f"The worker was ended from outside ({_signal_name(-code)})."
        case os.EX_IOERR:
            return "The worker could not write its report: the disk was full. Make room first."
        case _ if code < 0:
            return f"The worker was ended by {_signal_name(-code)}."
        case _:
            return f"The worker ended with exit code {code}; the end of the log says why."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def worker_environment(online: bool = False) -> dict[str, str]:
    """This process's environment, with what makes MLX fast and quiet; nothing is fetched from a hub unless `online`."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
    if not online:
        environment["HF_HUB_OFFLINE"] = "1"
    if sys.platform == "darwin":
        environment["AGX_RELAX_CDM_CTXSTORE_TIMEOUT"] = "1"
    # MLX's Linux wheel carries the reference BLAS; OpenBLAS in its place multiplies 25 to 50 times faster.
    library = next((path for path in OPENBLAS if Path(path).exists()), None)
    if sys.platform == "linux" and library:
        environment["LD_PRELOAD"] = " ".join(filter(None, [os.environ.get("LD_PRELOAD"), library]))
    return environment

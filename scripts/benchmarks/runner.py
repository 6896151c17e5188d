"""Starts workers of the bench and asks them for steps. Knows processes, not MLX."""

import contextlib
import subprocess
import sys
from types import TracebackType
from typing import IO

from pydantic import TypeAdapter

from backend.process import explain_exit, worker_environment
from backend.settings import REPOSITORY
from scripts.benchmarks.jobs import End, Job, Ready, Step

STEPS = TypeAdapter(list[Step])


class WorkerDied(Exception):
    """With the exit code in words, and the end of what the worker said."""


class Worker:
    """One job in its own process, ready for timed steps; use it as a context manager."""

    def __init__(self, job: Job, log: IO[str]) -> None:
        self.job = job
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=REPOSITORY,
            env=worker_environment(),
            text=True,
        )

    def __enter__(self) -> "Worker":
        self._write(self.job.model_dump_json())
        self.ready = Ready.model_validate_json(self._read())
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def steps(self, count: int) -> list[Step]:
        self._write(str(count))
        return STEPS.validate_json(self._read())

    def end(self) -> End:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return End.model_validate_json(self._read())

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the answer that is read next says why
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WorkerDied(f"{self.job.side}, {self.job.shape.name}: {explain_exit(self._process.wait())}")
        return line

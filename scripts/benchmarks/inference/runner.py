"""Runs the bench's workers, and the worker that answers. Knows processes, not MLX."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pydantic import BaseModel

from backend.process import explain_exit, worker_environment
from backend.settings import REPOSITORY
from scripts.benchmarks.runner import WorkerDied


def run_job(job: BaseModel, log: IO[str]) -> str:
    """What the job answers, as JSON."""
    return run([sys.executable, "-m", "scripts.benchmarks.inference.worker"], log, job.model_dump_json())


def run(command: list[str], log: IO[str], given: str = "") -> str:
    """What the process writes. Raises WorkerDied."""
    done = subprocess.run(
        command,
        input=given,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=REPOSITORY,
        env=worker_environment(),
        text=True,
        check=False,
    )
    if done.returncode:
        raise WorkerDied(f"{' '.join(command[1:3])}: {explain_exit(done.returncode)}")
    return done.stdout


class Answerer:
    """The product's resident inference worker."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._calls = 0

    def call(self, method: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The messages that answer, the result being the last. Raises WorkerDied."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._calls += 1
        request = {"id": self._calls, "method": method, "params": params}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            message: dict[str, Any] = json.loads(line)
            yield message
            if "error" in message:
                raise WorkerDied(f"The inference worker refused to {method}: {message['error']}")
            if "result" in message:
                return
        raise WorkerDied(f"The inference worker: {explain_exit(self._process.wait())}")


@contextmanager
def answerer(log: IO[str]) -> Iterator[Answerer]:
    process = subprocess.Popen(
        [sys.executable, "-m", "backend.workers.infer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=REPOSITORY,
        env=worker_environment(),
        text=True,
    )
    with process:
        try:
            yield Answerer(process)
        finally:
            process.kill()

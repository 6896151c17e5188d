"""Starts real servers as a person does, reads what they say, and ends them."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil

READY = re.compile(r"is ready: (http://\S+)")
START_SECONDS = 60


class RunningServer:
    """A server in a session of its own, with what it printed so far in `output`."""

    def __init__(self, command: Sequence[str | Path], output: Path, *, folder: Path, **environment: str) -> None:
        self.output_file = output
        self.began = time.monotonic()
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("DROID_")}
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={**surroundings, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def address(self) -> str:
        """Where it answers, once it says so."""
        while time.monotonic() - self.began < START_SECONDS:
            found = READY.search(self.output)
            if found:
                return found.group(1)
            assert self.process.poll() is None, self.output
            time.sleep(0.02)
        raise AssertionError(f"not ready after {START_SECONDS} s:\n{self.output}")

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address() + path, timeout=20) as answer:
            return str(answer.read().decode())

    def family(self) -> list[psutil.Process]:
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal to the server alone, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)

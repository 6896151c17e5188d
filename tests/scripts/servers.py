"""Starts real servers as a person does, reads what they say, and ends them."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil

READY = re.compile(r"is ready: (http://\S+)")
START_SECONDS = 600  # the start may have to install everything first


def heed_signals() -> None:
    """As a terminal starts programs; tests that run under nohup would pass on that a signal is ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class RunningServer:
    """A server in a session of its own, with what it printed so far in `output`."""

    def __init__(self, command: Sequence[str | Path], output: Path, *, folder: Path, **environment: str) -> None:
        self.output_file = output
        self.began = time.monotonic()
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("DROID_")}
        output.touch()
        self.process = self.launch([str(word) for word in command], folder, {**surroundings, **environment})

    def launch(self, command: list[str], folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        with self.output_file.open("wb") as file:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=heed_signals,
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


class ServerInTerminal(RunningServer):
    """A server whose terminal can be closed under it, as a window is."""

    def launch(self, command: list[str], folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        self.window, inside = pty.openpty()
        self.closing = threading.Event()
        self.reader = threading.Thread(target=self.keep_output, daemon=True)
        self.reader.start()

        def as_its_terminal() -> None:
            heed_signals()
            fcntl.ioctl(inside, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=as_its_terminal,
        )
        os.close(inside)
        return process

    def keep_output(self) -> None:
        with self.output_file.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while not self.closing.is_set():
                if select.select([self.window], [], [], 0.05)[0]:
                    file.write(os.read(self.window, 4096))

    def close_terminal(self) -> None:
        """Closed by nobody reading any more first: a terminal that is being read does not hang up."""
        self.closing.set()
        self.reader.join()
        os.close(self.window)

"""What the person at the terminal reads, and the log to send when it went wrong. Knows no step of the set-up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE_FOLDER = ROOT / ".droid"
LOG = STATE_FOLDER / "setup.log"

NO_NETWORK_SIGNS = (
    "dns error",
    "name resolution",
    "name or service not known",
    "nodename nor servname",
    "failed to establish a new connection",
    "error sending request",
    "connection refused",
    "network is unreachable",
    "enotfound",
    "eai_again",
    "econnrefused",
    "econnreset",
    "etimedout",
    "enetunreach",
)
DISK_FULL_SIGNS = ("no space left on device", "enospc")


class Refusal(Exception):
    """The set-up cannot go on; the sentence says why and what to do."""


class CommandFailed(Refusal):
    """A command of the set-up ended with an error, and `cause` is what its output points to."""

    def __init__(self, sentence: str, cause: str) -> None:
        super().__init__(sentence)
        self.cause = cause


def say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def step(what: str, about: str) -> Iterator[None]:
    """Announces one step of the set-up with how long it usually takes, then how long it took."""
    say(f"{what} ({about}) ...")
    began = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - began:.0f} s")


def run(command: Sequence[str | Path], *, folder: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """Runs one command with its output in the log, and returns that output.

    Raises CommandFailed, with the end of the output and the likely cause, if it does not end with 0.
    """
    words = [str(word) for word in command]
    with LOG.open("a", encoding="utf-8", errors="replace") as log:
        log.write(f"\n$ {' '.join(words)}\n")
        log.flush()
        began = log.tell()
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = wait_for(process)
        except OSError as error:
            log.write(f"{error}\n")
            code = 127
    with LOG.open("rb") as log_read:
        log_read.seek(began)
        output = log_read.read().decode("utf-8", errors="replace")
    if code != 0:
        raise failure(words, code, output)
    return output


def wait_for(process: "subprocess.Popen[bytes]") -> int:
    """The exit code; if the set-up is stopped meanwhile, the command and all that it started end first."""
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


def failure(words: Sequence[str], code: int, output: str) -> CommandFailed:
    """Turns the output of a failed command into a cause, plain words and the next step."""
    lower = output.lower()
    last_lines = "\n".join("    " + line for line in output.strip().splitlines()[-12:])
    command = " ".join(words[:4])
    if any(sign in lower for sign in DISK_FULL_SIGNS):
        return CommandFailed("The disk is full. Free some space and run this again.", "disk")
    if any(sign in lower for sign in NO_NETWORK_SIGNS):
        return CommandFailed(
            f"Packages could not be fetched: the network or the package index cannot be reached.\n{last_lines}\n"
            "Check the connection (and HTTPS_PROXY, if you use a proxy), then run this again: "
            "it goes on where it stopped.",
            "network",
        )
    return CommandFailed(f"'{command} ...' failed (exit code {code}):\n{last_lines}", "command")


def start_log() -> None:
    """Begins the log of this set-up; the one before is not needed any more."""
    STATE_FOLDER.mkdir(exist_ok=True)
    LOG.write_text(f"{time.strftime('%Y-%m-%d %H:%M:%S')} Python {sys.version}\n", encoding="utf-8")

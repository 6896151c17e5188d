"""Has `mlx.launch` start a run's processes, here or on several machines, and watches them. Knows processes, not MLX.

The processes report and save for themselves (rank.py). What is told here is only why one of them could not.
"""

import contextlib
import ipaddress
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil

from backend.errors import AppError
from backend.process import explain_exit
from backend.settings import REPOSITORY
from backend.training.config import TrainingConfig
from backend.training.continuation import advice
from backend.training.events import Finished, Paused, TrainingEvent
from backend.training.store import SessionStore
from backend.workers.training.requests import Requests

RANK = "backend.workers.rank"
MLX_LAUNCH = Path(sys.executable).with_name("mlx.launch")
HERE = "127.0.0.1"
"""What mlx.launch starts without ssh."""

PASSED_ON = ("PYTHONUNBUFFERED", "TOKENIZERS_PARALLELISM", "HF_HUB_OFFLINE", "AGX_RELAX_CDM_CTXSTORE_TIMEOUT")
TICK_SECONDS = 0.1
GRACE_SECONDS = 10.0
PORTS = range(20_000, 32_000)
PORT_TRIALS = 100
PEER_LOST = os.EX_PROTOCOL
SSH_FAILED = 255
NOT_FOUND = (126, 127)
EXITED = re.compile(r"Node with rank (\d+) exited with code (-?\d+)")
"""What mlx.launch says of a process that failed."""


def peer_lost(error: Exception) -> bool:
    """Whether this is how MLX tells that another process of the run is gone."""
    return isinstance(error, RuntimeError) and str(error).startswith("[ring]")


def launch(session_folder: Path, config: TrainingConfig, requests: Requests) -> None:
    """Returns when all processes have ended and the first has reported how. Raises AppError where it could not."""
    addresses = network_addresses(config.hosts) if config.hosts else [HERE] * config.local_processes
    machines = [HERE, *config.hosts[1:]] if config.hosts else addresses
    before = len(events(session_folder))
    with tempfile.TemporaryDirectory(prefix="droid-launch-") as folder:
        hostfile = Path(folder) / "hosts.json"
        hosts = [{"ssh": machine, "ips": [at]} for machine, at in zip(machines, addresses, strict=True)]
        hostfile.write_text(json.dumps(hosts))
        # From here on the processes hear requests themselves.
        requests.stepping = True
        threads = max(1, (os.cpu_count() or 1) // config.local_processes)
        ranks = Ranks(session_folder, hostfile, free_ports(addresses[0], len(hosts)), threads)
        ranks.see_through(requests)
    if not any(isinstance(event, Finished | Paused) for event in events(session_folder)[before:]):
        raise AppError(why(ranks.failed, machines) + advice(session_folder))


def events(session_folder: Path) -> list[TrainingEvent]:
    return SessionStore(session_folder.parent).events(session_folder.name)


class Ranks:
    """The processes of a run, children of mlx.launch in this process's own group."""

    def __init__(self, session_folder: Path, hostfile: Path, first_port: int, threads: int) -> None:
        self.failed: dict[int, int] = {}
        """Exit codes other than 0 by rank, of those that were not killed here."""
        self._killing = False
        passed = [f"--env={name}={os.environ[name]}" for name in PASSED_ON if name in os.environ]
        self._process = subprocess.Popen(
            [
                *(sys.executable, str(MLX_LAUNCH), "--backend", "ring", "--hostfile", str(hostfile)),
                *("--starting-port", str(first_port), "--cwd", str(REPOSITORY), *passed, "--"),
                *(sys.executable, "-m", RANK, str(session_folder)),
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"OPENBLAS_NUM_THREADS": str(threads), **os.environ},
            preexec_fn=_hear_no_requests,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def see_through(self, requests: Requests) -> None:
        """Returns when all have ended; where one fails, the others have a few seconds to do so too."""
        patience = GRACE_SECONDS
        while self._process.poll() is None:
            self._ask(requests)
            self._wake()
            if self.failed:
                patience -= TICK_SECONDS
            if patience < 0:
                self._killing = True
                self._signal(signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(TICK_SECONDS)
        self._reader.join(GRACE_SECONDS)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with contextlib.suppress(OSError):  # a full disk is told by what matters more
                sys.stderr.buffer.write(line)
                sys.stderr.buffer.flush()
            found = EXITED.search(line.decode(errors="replace"))
            if found and not self._killing:
                self.failed[int(found[1])] = int(found[2])

    def _ask(self, requests: Requests) -> None:
        """Again and again: a process that is just beginning hears nothing yet. ssh hears nothing at all."""
        for number in [signal.SIGTERM] * requests.stop + [signal.SIGUSR1] * requests.pause:
            self._signal(number)

    def _wake(self) -> None:
        """mlx.launch computes without rest until a process refuses what it is given to read."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self._process.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.send_signal(number)


def network_addresses(hosts: Sequence[str]) -> list[str]:
    """The IPv4 address of each, the first of them this machine's own. Raises AppError where they cannot be used."""
    if shutil.which("ssh") is None:
        raise AppError("There is no ssh on this machine, which starts the processes on the others. Install it.")
    addresses = [_address(host) for host in hosts]
    own = [each.address for all_of_one in psutil.net_if_addrs().values() for each in all_of_one]
    local = sorted(address for address in own if "." in address and not _is_loopback(address))
    if addresses[0] not in own and not _is_loopback(addresses[0]):
        raise AppError(
            f"The first machine must be this one, but {hosts[0]} is another. This one has the addresses "
            f"{', '.join(local) or 'of no network'}."
        )
    for host, address in zip(hosts, addresses, strict=True):
        if _is_loopback(address) and not all(map(_is_loopback, addresses)):
            raise AppError(
                f"Other machines cannot reach this one as {host}, which is {address} here. Give its address in the "
                f"network: {' or '.join(local)}."
            )
    return addresses


def _address(host: str) -> str:
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise AppError(f"This machine knows none of the name {host}: {error.strerror}. Give its address.") from error


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def free_ports(address: str, count: int) -> int:
    """The first of `count` ports in a row that nobody uses at `address`, and that no system gives to others by itself.

    Raises AppError where there are none.
    """
    for _ in range(PORT_TRIALS):
        first = secrets.choice(PORTS)
        with contextlib.suppress(OSError), contextlib.ExitStack() as bound:
            for port in range(first, first + count):
                bound.enter_context(socket.socket()).bind((address, port))
            return first
    raise AppError(f"No {count} ports in a row are free at {address} between {PORTS.start} and {PORTS.stop}.")


def _hear_no_requests() -> None:
    """Inherited by all that mlx.launch starts, so that a signal to the whole group ends neither it nor ssh."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def why(failed: dict[int, int], machines: Sequence[str]) -> str:
    """Why a run ended without a report, by the exit codes of its processes."""
    first = next((rank for rank, code in failed.items() if code != PEER_LOST), None)
    if first is None:
        return (
            "The processes that train together did not find each other, or lost each other."
            if failed
            else "mlx.launch ended without starting the processes that should train together."
        ) + " The end of the log says more."
    code, machine = failed[first], machines[first]
    who = f"Process {first + 1} of {len(machines)}" + ("" if machine == HERE else f", on {machine},")
    if machine != HERE and code == SSH_FAILED:
        return f"{who} could not be started, or was lost: `ssh {machine}` must work without a question."
    if machine != HERE and code in NOT_FOUND:
        return f"{who} could not be started: {sys.executable} must be there too, as it is here."
    return f"{who} failed, which ended all of them. {explain_exit(code)}"

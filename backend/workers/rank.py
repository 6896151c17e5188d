"""One of the processes that train a session together: `python -m backend.workers.rank SESSION_FOLDER`, as launch.py has
`mlx.launch` start it on every machine. Only the first of them reports and saves."""

import os
import signal
import sys
from pathlib import Path

import mlx.core as mx

from backend.workers.launch import PEER_LOST, peer_lost
from backend.workers.train import attempt, reported
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Requests

HEARD = (signal.SIGTERM, signal.SIGUSR1)


def main(session_folder: Path) -> int:
    requests = Requests()
    # Signals are only noted, but for where the processes have nothing to say to each other.
    requests.stepping = True
    try:
        group = _connected(requests)
    except RuntimeError as error:
        print(f"The processes that should train together did not find each other: {error}", flush=True)
        return PEER_LOST
    # Only now: MLX looks for the others for half a minute, and these imports can take that long.
    from backend.workers.training.engine.world import World
    from backend.workers.training.run import prepare
    from backend.workers.training.saving.unwritten import NoReporter

    world = World(group)
    reporter = Reporter(session_folder) if world.leads else NoReporter(world.rank + 1)
    try:
        end = attempt(session_folder, reporter, requests, lambda: prepare(session_folder, reporter, requests, world))
        return reported(end, reporter)
    except RuntimeError as error:
        if peer_lost(error):
            return PEER_LOST
        raise


def _connected(requests: Requests) -> mx.distributed.Group:
    """Raises RuntimeError where the others are not found."""
    _take_no_input()
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # MLX gives up where a signal comes in between
    requests.listen()
    group = mx.distributed.init(strict=True, backend="ring")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    return group


def _take_no_input() -> None:
    """mlx.launch computes without rest as long as a process could take input."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, sys.stdin.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    os._exit(main(Path(sys.argv[1])))

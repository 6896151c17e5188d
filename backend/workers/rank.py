"""One of the processes that train a session together: `python -m backend.workers.rank SESSION_FOLDER`, as launch.py has
`mlx.launch` start it on every machine. Only the first of them reports and saves."""

import os
import signal
import sys
from pathlib import Path

from backend.errors import AppError
from backend.workers.launch import PEER_LOST, peer_lost
from backend.workers.train import attempt, reported
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Requests

HEARD = (signal.SIGTERM, signal.SIGUSR1)


def main(session_folder: Path) -> int:
    requests = Requests()
    # Signals are only noted, but for where the processes have nothing to say to each other.
    requests.stepping = True
    # Signals are heard only once all are connected: one in the middle of it would make MLX give up.
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    requests.listen()
    _take_no_input()
    from backend.workers.training.run import prepare
    from backend.workers.training.unwritten import NoReporter
    from backend.workers.training.world import World

    try:
        world = World.join()
    except AppError as error:
        print(error.detail, flush=True)
        return PEER_LOST
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    reporter = Reporter(session_folder) if world.leads else NoReporter()
    try:
        end = attempt(session_folder, reporter, requests, lambda: prepare(session_folder, reporter, requests, world))
        return reported(end, reporter)
    except RuntimeError as error:
        if peer_lost(error):
            return PEER_LOST
        raise


def _take_no_input() -> None:
    """mlx.launch computes without rest as long as a process could take input."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, sys.stdin.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    os._exit(main(Path(sys.argv[1])))

"""Trains one session: `echo go | python -m backend.workers.train SESSION_FOLDER`.

Begins when it reads `go`, which whoever starts it writes once the session knows its process; reports through the event
log, and ends with one `finished` or `paused` event. SIGTERM asks it to end the step, save and report, SIGUSR1 to do so
as a pause. Goes on where an earlier attempt was. It knows one folder and its plan, no server. Where several processes
train together, it only starts and watches them.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import AppError
from backend.process import GO
from backend.training.continuation import advice
from backend.training.events import Finished, Paused, stopped_on_request
from backend.training.plan import RunPlan
from backend.training.resume import saved_iteration
from backend.workers.failures import in_words
from backend.workers.launch import launch, peer_lost
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Interrupted, Requests

if TYPE_CHECKING:
    from backend.workers.training.loop import TrainingLoop


def main(session_folder: Path) -> int:
    reporter = Reporter(session_folder)
    requests = Requests()

    def prepare() -> "TrainingLoop | None":
        requests.listen()
        config = RunPlan.read(session_folder).config
        if config.hosts or config.local_processes > 1:
            launch(session_folder, config, requests)
            return None
        # Only now: importing MLX takes seconds, in which a stop should be heard.
        from backend.workers.training.run import prepare

        return prepare(session_folder, reporter, requests)

    return reported(attempt(session_folder, reporter, requests, prepare), reporter)


def attempt(
    session_folder: Path, reporter: Reporter, requests: Requests, prepare: Callable[[], "TrainingLoop | None"]
) -> Finished | Paused | None:
    """How the attempt ended, None where another process has said so.

    Raises nothing, so that every end is reported, but RuntimeError where another process of the run was lost.
    """
    loop: TrainingLoop | None = None
    try:
        loop = prepare()
        requests.stepping = True
        return loop.run() if loop else None
    except Interrupted:
        return _interrupted(saved_iteration(session_folder), requests)
    except AppError as error:
        reason = error.detail
    except Exception as error:
        if peer_lost(error):
            raise
        reporter.complain(traceback.format_exc())
        reason = in_words(error, "run") + advice(session_folder)
    finally:
        requests.stepping = True
    return Finished(outcome="failed", reason=reason, iteration=saved_iteration(session_folder))


def reported(end: Finished | Paused | None, reporter: Reporter) -> int:
    """The exit code of the process, once its end is in the log."""
    try:
        if end is not None:
            reporter.report(end)
    except OSError:
        return os.EX_IOERR
    return 1 if isinstance(end, Finished) and end.outcome == "failed" else 0


def _interrupted(saved: int, requests: Requests) -> Finished | Paused:
    if requests.pause:
        return Paused(iteration=saved)
    return Finished(outcome="stopped", reason=stopped_on_request(saved), iteration=saved)


if __name__ == "__main__":
    if sys.stdin.buffer.readline() == GO:
        # At once: Python's own end would answer with another code where output.log cannot be flushed.
        os._exit(main(Path(sys.argv[1])))

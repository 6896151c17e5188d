"""Trains one session: `echo go | python -m backend.workers.train SESSION_FOLDER`.

Begins when it reads `go`, which whoever starts it writes once the session knows its process; reports through the event
log, and ends with one `finished` or `paused` event. SIGTERM asks it to end the step, save and report, SIGUSR1 to do so
as a pause. Goes on where an earlier attempt was. It knows one folder and its plan, no server.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import AppError
from backend.process import GO
from backend.training.events import Finished, Paused, stopped_on_request
from backend.training.resume import saved_iteration
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Interrupted, Requests

if TYPE_CHECKING:
    from backend.workers.training.loop import TrainingLoop


def main(session_folder: Path) -> int:
    reporter = Reporter(session_folder)
    end = train(session_folder, reporter)
    try:
        reporter.report(end)
    except OSError:
        return os.EX_IOERR
    return 1 if isinstance(end, Finished) and end.outcome == "failed" else 0


def train(session_folder: Path, reporter: Reporter) -> Finished | Paused:
    """How the attempt ended; never raises, so that every end is reported."""
    requests = Requests()
    loop: TrainingLoop | None = None
    try:
        requests.listen()
        # Only now: importing MLX takes seconds, in which a stop should be heard.
        from backend.workers.training.run import prepare

        loop = prepare(session_folder, reporter, requests)
        requests.stepping = True
        return loop.run()
    except Interrupted:
        return _interrupted(saved_iteration(session_folder), requests)
    except AppError as error:
        reason = error.detail
    except Exception as error:
        reporter.say(traceback.format_exc())
        reason = f"The run failed: {error}. The end of the log says more."
    saved = loop.saved_iteration if loop else saved_iteration(session_folder)
    return Finished(outcome="failed", reason=reason, iteration=saved)


def _interrupted(saved: int, requests: Requests) -> Finished | Paused:
    if requests.pause:
        return Paused(iteration=saved)
    return Finished(outcome="stopped", reason=stopped_on_request(saved), iteration=saved)


if __name__ == "__main__":
    if sys.stdin.buffer.readline() == GO:
        # At once: Python's own end would answer with another code where output.log cannot be flushed.
        os._exit(main(Path(sys.argv[1])))

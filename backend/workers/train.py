"""Trains one session: `echo go | python -m backend.workers.train SESSION_FOLDER`.

Begins when it reads `go`, which whoever starts it writes once the session knows its process; reports through the event
log, and ends with one `finished` event. SIGTERM asks it to end the step, save and report. It knows one folder and its
plan, no server.
"""

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from backend.errors import AppError
from backend.process import GO
from backend.training.events import Finished, stopped_on_request
from backend.workers.training.reporter import Reporter

if TYPE_CHECKING:
    from backend.workers.training.loop import TrainingLoop


class StoppedEarly(BaseException):
    """SIGTERM came before the first step. No Exception, so that no library that is at work takes it for its own."""


class StopRequest:
    """SIGTERM: interrupts the preparation at once, but lets a step end."""

    def __init__(self) -> None:
        self.asked = False
        self.stepping = False
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        already, self.asked = self.asked, True
        if not self.stepping and not already:
            raise StoppedEarly


def main(session_folder: Path) -> int:
    reporter = Reporter(session_folder)
    finished = train(session_folder, reporter)
    try:
        reporter.report(finished)
    except OSError:
        return os.EX_IOERR
    return 0 if finished.outcome != "failed" else 1


def train(session_folder: Path, reporter: Reporter) -> Finished:
    """How the run ended; never raises, so that every end is reported."""
    loop: TrainingLoop | None = None
    try:
        stop = StopRequest()
        # Only now: importing MLX takes seconds, in which a stop should be heard.
        from backend.workers.training.run import prepare

        loop = prepare(session_folder, reporter, lambda: stop.asked)
        stop.stepping = True
        return loop.run()
    except StoppedEarly:
        return Finished(outcome="stopped", reason=stopped_on_request(0), iteration=0)
    except AppError as error:
        reason = error.detail
    except Exception as error:
        reporter.say(traceback.format_exc())
        reason = f"The run failed: {error}. The end of the log says more."
    return Finished(outcome="failed", reason=reason, iteration=loop.saved_iteration if loop else 0)


if __name__ == "__main__":
    if sys.stdin.buffer.readline() == GO:
        # At once: Python's own end would answer with another code where output.log cannot be flushed.
        os._exit(main(Path(sys.argv[1])))

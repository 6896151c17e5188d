"""Carries out one job as a worker process: waits for `go`, reports progress, and ends with one `finished` event.

SIGTERM ends it at once: a job keeps what it has done in its folder as it goes. Knows the folder, not the work.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from backend.errors import AppError
from backend.jobs.events import JobFinished, JobProgress
from backend.jobs.store import append_event
from backend.process import GO
from backend.workers.failures import in_words

REPORT_SECONDS = 0.5

Work = Callable[[Path, "JobReporter"], str]
"""Does a job in its folder, and returns in words what came of it."""


class JobReporter:
    """At most one report in `every_seconds`, and always the last one."""

    def __init__(self, folder: Path, every_seconds: float = REPORT_SECONDS) -> None:
        self._folder = folder
        self._every_seconds = every_seconds
        self._last = 0.0
        self._began: tuple[float, int] | None = None

    def progress(self, done: int, total: int, unit: str, message: str, at_once: bool = False) -> None:
        """The pace is that since the first report: what an earlier attempt did took no time of this one.

        `at_once` for what must not be left out.
        """
        now = time.monotonic()
        if self._began is None:
            self._began = now, done
        if now - self._last < self._every_seconds and done < total and not at_once:
            return
        self._last = now
        since, before = self._began
        left = (now - since) / (done - before) * (total - done) if done > before else None
        print(f"{done} of {total} {unit}: {message}", flush=True)
        append_event(self._folder, JobProgress(done=done, total=total, unit=unit, message=message, seconds_left=left))


def carry_out(work: Work, what: str) -> None:
    """The whole life of a job's worker, `what` it does in a word; call it as the last thing of a main module."""
    if sys.stdin.buffer.readline() == GO:
        # At once: Python's own end would answer with another code where output.log cannot be flushed.
        os._exit(_attempt(Path(sys.argv[1]), work, what))


def _attempt(folder: Path, work: Work, what: str) -> int:
    try:
        end = JobFinished(outcome="completed", reason=work(folder, JobReporter(folder)))
    except AppError as error:
        end = JobFinished(outcome="failed", reason=error.detail)
    except Exception as error:
        _log(traceback.format_exc())
        end = JobFinished(outcome="failed", reason=in_words(error, what))
    _log(end.reason)
    try:
        append_event(folder, end)
    except OSError:
        return os.EX_IOERR
    return 0 if end.outcome == "completed" else 1


def _log(words: str) -> None:
    """A log on a full disk takes no words; the end has to be reported all the same."""
    with contextlib.suppress(OSError):
        print(words, flush=True)

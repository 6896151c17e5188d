"""Takes a few real steps of a run and measures them: `echo go | python -m backend.workers.preflight FOLDER`.

FOLDER holds the run's config.yaml. Everything found goes at once into report.json beside it, together with what is
being done, so that whoever reads it after a crash knows where memory ran out. Small steps come first: the longest one
is not tried where they tell that it cannot fit. Nobody adopts a measurement: it ends with who asked for it.
"""

import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from threading import Thread

from backend.errors import AppError
from backend.process import GO
from backend.training.preflight.schemas import REPORT_FILE, PreflightReport
from backend.whole_files import write_text_whole
from backend.workers.out_of_memory import says_memory_ran_out

LOOK_EVERY_SECONDS = 0.5


class Report:
    def __init__(self, folder: Path) -> None:
        self._path = folder / REPORT_FILE
        self.content = PreflightReport(doing="starting")

    def doing(self, what: str) -> None:
        self.content.doing = what
        self.write()

    def write(self) -> None:
        write_text_whole(self._path, self.content.model_dump_json())


def main(folder: Path) -> int:
    report = Report(folder)
    try:
        # Only now: importing MLX takes seconds, and a report should be there from the beginning.
        report.doing("loading MLX")
        from backend.workers.training.rehearsal import rehearse

        rehearse(folder, report.content, report.doing)
        report.content.done = True
    except AppError as error:
        report.content.refusal = error.detail
    except Exception as error:
        traceback.print_exc()
        if says_memory_ran_out(error):
            report.content.out_of_memory = True
        else:
            report.content.refusal = f"The steps could not be measured: {error}."
    report.write()
    return 0 if report.content.done else 1


def end_with(parent: int, folder: Path) -> None:
    """Once `parent` has gone, remove `folder`, which nobody else will, and end with all that was started here."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    Thread(target=end_with, args=(os.getppid(), where), daemon=True).start()
    if sys.stdin.buffer.readline() == GO:
        os._exit(main(where))

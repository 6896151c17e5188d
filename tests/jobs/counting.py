"""A worker that counts, one line of counted.txt a number: `echo go | python -m tests.jobs.counting FOLDER`.

It goes on behind the last line, and ends as its settings say.
"""

import os
import signal
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from backend.errors import AppError
from backend.jobs.store import read_record
from backend.workers.job import JobReporter, carry_out

COUNTED = "counted.txt"


class Counting(BaseModel):
    total: int = 3
    seconds_each: float = 0.0
    ends: Literal["well", "in words", "by mistake", "killed"] = "well"
    stubborn: bool = False


def count(folder: Path, reporter: JobReporter) -> str:
    settings = Counting.model_validate(read_record(folder).settings)
    if settings.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    file = folder / COUNTED
    counted = len(file.read_text().splitlines()) if file.exists() else 0
    for number in range(counted, settings.total):
        reporter.progress(number, settings.total, "numbers", "Counting")
        time.sleep(settings.seconds_each)
        with file.open("a") as lines:
            lines.write(f"{number}\n")
    reporter.progress(settings.total, settings.total, "numbers", "Counting")
    match settings.ends:
        case "in words":
            raise AppError("There is no number behind the last.")
        case "by mistake":
            raise ValueError("lost count")
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
    return f"Counted to {settings.total}."


if __name__ == "__main__":
    carry_out(count, "count")

"""Downloads a base model from the hub: `echo go | python -m backend.workers.download JOB_FOLDER`.

Started again on the same folder it goes on in the middle of the file where it was. Computes nothing; no MLX.
"""

from pathlib import Path

from backend.jobs.store import read_record
from backend.models.hub.environment import quiet
from backend.models.hub.schemas import DownloadPlan
from backend.workers.job import JobReporter, carry_out


def work(folder: Path, reporter: JobReporter) -> str:
    plan = DownloadPlan.model_validate(read_record(folder).settings)
    quiet()
    # Only now: it takes a second, and what fails before it should be in the log.
    from backend.workers.downloading.download import download

    return download(plan, folder.name, reporter)


if __name__ == "__main__":
    carry_out(work, "download")

"""Checks an import, or writes it as a data set: `echo go | python -m backend.workers.import_data JOB_FOLDER`.

Started again on the same folder it begins anew: a data set appears whole or not at all.
"""

from pathlib import Path

from backend.datasets.importing.schemas import ImportTask
from backend.jobs.store import read_record
from backend.workers.importing.checking import check
from backend.workers.importing.writing import write
from backend.workers.job import JobReporter, carry_out


def work(folder: Path, reporter: JobReporter) -> str:
    task = ImportTask.model_validate(read_record(folder).settings)
    return check(task, reporter) if task.write is None else write(task, task.write, reporter)


if __name__ == "__main__":
    carry_out(work, "import")

"""Converts a base model and measures the cost: `echo go | python -m backend.workers.convert JOB_FOLDER`.

Started again on the same folder it goes on behind what it has measured, or with the model that is written already.
"""

from pathlib import Path

from backend.jobs.store import read_record
from backend.models.conversion.schemas import ConversionPlan
from backend.workers.job import JobReporter, carry_out


def work(folder: Path, reporter: JobReporter) -> str:
    plan = ConversionPlan.model_validate(read_record(folder).settings)
    # Only now: importing MLX takes seconds, and what fails before it should be in the log.
    from backend.workers.conversion.conversion import carry_out_conversion

    return carry_out_conversion(folder, plan, reporter)


if __name__ == "__main__":
    carry_out(work, "conversion")

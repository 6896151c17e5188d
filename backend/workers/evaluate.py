"""Measures held-out losses: `echo go | python -m backend.workers.evaluate JOB_FOLDER`.

Started again on the same folder it goes on behind what it has measured.
"""

from pathlib import Path

from backend.evaluation.schemas import EvaluationPlan
from backend.jobs.store import read_record
from backend.workers.job import JobReporter, carry_out


def work(folder: Path, reporter: JobReporter) -> str:
    plan = EvaluationPlan.model_validate(read_record(folder).settings)
    # Only now: importing MLX takes seconds, and what fails before it should be in the log.
    from backend.workers.evaluation.evaluation import evaluate

    return evaluate(folder, plan, reporter)


if __name__ == "__main__":
    carry_out(work, "evaluation")

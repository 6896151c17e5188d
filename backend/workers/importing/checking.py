"""Checks every row of an import, and leaves the report in its draft."""

import time

from backend.datasets.importing.drafts import REPORT
from backend.datasets.importing.records import listed
from backend.datasets.importing.reporting import report
from backend.datasets.importing.schemas import ImportReport, ImportTask
from backend.whole_files import write_text_whole
from backend.workers.importing.going_through import UNIT, go_through, prepare
from backend.workers.importing.sinks import Counter
from backend.workers.job import JobReporter


def check(task: ImportTask, reporter: JobReporter) -> str:
    (task.draft_folder / REPORT).unlink(missing_ok=True)
    began = time.monotonic()
    passage = prepare(task)
    counter = Counter(task.plan.split)
    outcome = go_through(task, passage, counter, reporter, stop_at_once=False)
    seconds = time.monotonic() - began
    made = report(
        task.plan, passage.mapping, passage.detected, passage.sources, outcome, counter.splits(), round(seconds, 3)
    )
    write_text_whole(task.draft_folder / REPORT, made.model_dump_json(indent=1) + "\n")
    reporter.progress(passage.bytes, passage.bytes, UNIT, "Checked")
    return _in_words(made)


def _in_words(report: ImportReport) -> str:
    read = f"{report.rows_read:,} {'row' if report.rows_read == 1 else 'rows'} read"
    if report.problem:
        return f"{read}. {report.problem}"
    stopping = [it for it in report.findings if it.chosen == "stop"]
    if stopping:
        titles = listed(f"{it.title.lower()} ({it.count:,})" for it in stopping)
        return f"{read}. A choice is needed for {titles}."
    return f"{read}, {report.rows_kept:,} can be written."

"""Jobs from the queue to their end, with real workers: done, failed, cancelled, put aside, adopted."""

import asyncio
import json
import os
import resource
import signal
import sys
from itertools import pairwise

import pytest

from backend.errors import AppError
from backend.jobs.events import JobFinished, JobProgress, JobQueued, JobSpawned
from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job
from backend.jobs.store import RECORD
from backend.settings import Settings
from tests.jobs.conftest import KIND, Jobs, forget, worker_of
from tests.jobs.counting import Counting


async def test_a_job_is_done_and_its_log_tells_all_of_it(jobs: Jobs) -> None:
    job_id = jobs.submit(total=2)
    done = await jobs.ended(job_id)
    events = jobs.manager.store.events(job_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    queued, spawned, first, *_, last, finished = events
    assert (queued, spawned) == (
        JobQueued(seq=1, time=queued.time),
        JobSpawned(seq=2, time=spawned.time, pid=spawned.pid, process_started=spawned.process_started),  # type: ignore[union-attr]
    )
    assert first == JobProgress(
        seq=3, time=first.time, done=0, total=2, unit="numbers", message="Counting", seconds_left=None
    )
    assert isinstance(last, JobProgress) and (last.done, last.seconds_left) == (2, 0.0)
    assert isinstance(finished, JobFinished)
    assert done == Job(
        id=job_id,
        kind=KIND,
        title="Count",
        state="completed",
        created_at=queued.time,
        started_at=spawned.time,
        finished_at=finished.time,
        done=2,
        total=2,
        unit="numbers",
        reason="Counted to 2.",
        last_seq=len(events),
    )
    assert jobs.counted(job_id) == [0, 1]
    assert jobs.made_room == [Counting(total=2)]
    assert "Counted to 2." in jobs.manager.store.log(job_id, 1000)
    record = json.loads((jobs.manager.store.folder(job_id) / "job.json").read_text())
    assert record == {"kind": KIND, "title": "Count", "settings": Counting(total=2).model_dump()}


async def test_jobs_of_a_kind_go_one_by_one_in_their_order(jobs: Jobs) -> None:
    first, second, third = (jobs.submit(total=3, seconds_each=0.1) for _ in range(3))
    await jobs.until_counted(first, 1)
    assert jobs.get(second).message == "Waits for 1 job of the same kind."
    assert jobs.get(third).message == "Waits for 2 jobs of the same kind."
    ended = [await jobs.ended(each) for each in (first, second, third)]
    for before, after in pairwise(ended):
        assert before.finished_at is not None and after.started_at is not None
        assert before.finished_at <= after.started_at
    assert [job.id for job in jobs.manager.jobs()] == [third, second, first]


async def test_time_left_follows_the_pace(jobs: Jobs) -> None:
    job_id = jobs.submit(total=12, seconds_each=0.2)
    job = await jobs.until(job_id, lambda job: job.done >= 4)
    assert job.seconds_left == pytest.approx((12 - job.done) * 0.2, rel=0.5)
    jobs.manager.cancel(job_id)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ("in words", "There is no number behind the last."),
        ("by mistake", "The count failed: lost count. The end of the log says more."),
        ("killed", "The worker was killed from outside (SIGKILL)."),
    ],
)
async def test_a_job_that_fails_says_why_and_the_next_one_goes_on(jobs: Jobs, ends: str, reason: str) -> None:
    failing, fine = jobs.submit(ends=ends), jobs.submit()
    failed = await jobs.ended(failing)
    assert failed.state == "failed"
    assert failed.reason is not None and failed.reason.startswith(reason)
    assert (await jobs.ended(fine)).state == "completed"


async def test_a_job_whose_settings_cannot_be_read_fails_and_the_next_one_goes_on(jobs: Jobs) -> None:
    jobs.in_the_way = "Waits for a test."
    damaged = jobs.submit()
    record = jobs.manager.store.folder(damaged) / RECORD
    record.write_text(record.read_text().replace('"total": 3', '"total": "many"'))
    jobs.in_the_way = None
    failed = await jobs.ended(damaged)
    assert (failed.state, failed.reason) == (
        "failed",
        "This went wrong inside the program (ValidationError); its log says where.",
    )
    assert (await jobs.ended(jobs.submit())).state == "completed"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")
async def test_a_worker_that_finds_the_disk_full_says_so(jobs: Jobs) -> None:
    job_id = jobs.submit(total=10, seconds_each=0.2)
    await jobs.until_counted(job_id, 1)
    resource.prlimit(worker_of(jobs, job_id).pid, resource.RLIMIT_FSIZE, (10, 10))
    failed = await jobs.ended(job_id)
    assert (failed.state, failed.reason) == (
        "failed",
        "The worker could not write its report: the disk was full. Make room first.",
    )


async def test_a_cancelled_job_ends_at_once_and_keeps_what_it_has_done(jobs: Jobs) -> None:
    job_id = jobs.submit(total=1000, seconds_each=0.05)
    await jobs.until_counted(job_id, 2)
    worker = worker_of(jobs, job_id)
    asked = jobs.manager.cancel(job_id)
    assert (asked.state, asked.cancelling) == ("running", True)
    job = await jobs.ended(job_id)
    assert (job.state, job.reason, job.cancelling) == ("cancelled", "Cancelled on request.", False)
    assert not worker.is_running()
    assert 2 <= len(jobs.counted(job_id)) < 100
    with pytest.raises(AppError, match="has ended already") as refused:
        jobs.manager.cancel(job_id)
    assert refused.value.status_code == 409


async def test_a_worker_that_does_not_listen_is_killed(jobs: Jobs) -> None:
    jobs.manager._runners[KIND]._grace_seconds = 0.3
    job_id = jobs.submit(total=1000, seconds_each=0.05, stubborn=True)
    await jobs.until_counted(job_id, 1)
    jobs.manager.cancel(job_id)
    assert (await jobs.ended(job_id)).state == "cancelled"


async def test_a_waiting_job_is_taken_out_of_the_queue(jobs: Jobs) -> None:
    running, waiting = jobs.submit(total=1000, seconds_each=0.05), jobs.submit()
    await jobs.until_counted(running, 1)
    job = jobs.manager.cancel(waiting)
    assert (job.state, job.reason) == ("cancelled", "Cancelled before it started.")
    jobs.manager.cancel(running)
    await jobs.ended(running)
    await asyncio.sleep(0.3)
    assert jobs.counted(waiting) == []


async def test_a_job_waits_as_long_as_something_is_in_the_way_and_says_what(jobs: Jobs) -> None:
    jobs.in_the_way = "Waits until the kettle boils."
    job_id = jobs.submit()
    await asyncio.sleep(0.3)
    assert (jobs.get(job_id).state, jobs.get(job_id).message) == ("queued", "Waits until the kettle boils.")
    jobs.in_the_way = None
    assert (await jobs.ended(job_id)).state == "completed"


async def test_a_job_that_steps_aside_goes_on_where_it_was(jobs: Jobs) -> None:
    job_id = jobs.submit(total=20, seconds_each=0.05)
    await jobs.until_counted(job_id, 3)
    jobs.in_the_way = "Waits for a run."
    worker = worker_of(jobs, job_id)
    await jobs.manager.step_aside(KIND, "A run needs the machine.")
    assert not worker.is_running()
    waiting = jobs.get(job_id)
    assert (waiting.state, waiting.message, waiting.started_at) == ("queued", "Waits for a run.", None)
    before = len(jobs.counted(job_id))
    jobs.in_the_way = None
    assert (await jobs.ended(job_id)).state == "completed"
    assert jobs.counted(job_id) == list(range(20))
    assert 3 <= before < 20
    assert JobQueued in map(type, jobs.manager.store.events(job_id)[1:])


async def test_an_orderly_end_of_the_server_leaves_the_job_to_the_next(settings: Settings) -> None:
    first = Jobs(settings)
    first.manager.start()
    job_id, behind = first.submit(total=20, seconds_each=0.05), first.submit()
    await first.until_counted(job_id, 2)
    await first.manager.close()
    assert first.get(job_id).state == "queued"
    second = Jobs(settings)
    second.manager.start()
    ended = [await second.ended(each) for each in (job_id, behind)]
    assert [job.state for job in ended] == ["completed", "completed"]
    assert second.counted(job_id) == list(range(20))
    await second.manager.close()


async def test_a_killed_server_leaves_a_worker_that_the_next_one_adopts(settings: Settings) -> None:
    first = Jobs(settings)
    first.manager.start()
    job_id = first.submit(total=30, seconds_each=0.05)
    await first.until_counted(job_id, 2)
    await forget(first.manager)
    second = Jobs(settings)
    second.manager.start()
    assert second.get(job_id).state == "running"
    assert (await second.ended(job_id)).reason == "Counted to 30."
    assert sum(isinstance(event, JobSpawned) for event in second.manager.store.events(job_id)) == 1
    await second.manager.close()


async def test_an_adopted_worker_can_be_cancelled(settings: Settings) -> None:
    first = Jobs(settings)
    first.manager.start()
    job_id = first.submit(total=1000, seconds_each=0.05)
    await first.until_counted(job_id, 2)
    await forget(first.manager)
    second = Jobs(settings)
    second.manager.start()
    await asyncio.sleep(0)
    second.manager.cancel(job_id)
    assert (await second.ended(job_id)).state == "cancelled"
    await second.manager.close()


async def test_a_worker_that_died_without_a_server_gets_an_end_in_words(settings: Settings) -> None:
    first = Jobs(settings)
    first.manager.start()
    job_id = first.submit(total=1000, seconds_each=0.05)
    await first.until_counted(job_id, 1)
    await forget(first.manager)
    os.kill(worker_of(first, job_id).pid, signal.SIGKILL)
    second = Jobs(settings)
    second.manager.start()
    job = await second.ended(job_id)
    assert job.state == "failed"
    assert job.reason is not None and "ended without a report" in job.reason
    await second.manager.close()


async def test_the_fold_equals_one_from_the_beginning(jobs: Jobs, settings: Settings) -> None:
    """What is kept while a job goes on is what anybody reads from its log alone."""
    job_id = jobs.submit(total=5, seconds_each=0.05)
    while jobs.get(job_id).finished_at is None:
        await asyncio.sleep(0.01)
    assert jobs.get(job_id) == JobManager(settings).get(job_id)


async def test_a_job_that_leaves_the_line_while_somebody_asks_about_it_waits_for_nothing(jobs: Jobs) -> None:
    class Leaving(list[str]):
        def __contains__(self, job_id: object) -> bool:
            found = super().__contains__(job_id)
            self.clear()
            return found

    runner = jobs.manager._runners[KIND]
    runner._waiting = Leaving(["first"])
    assert runner.waits_for("first") is None

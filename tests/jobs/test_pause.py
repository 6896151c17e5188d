"""Jobs that are paused, over restarts too, and resumed, also after a failure; and kinds that cannot be."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from backend.errors import AppError
from backend.jobs.events import JobFinished, JobPaused, JobQueued
from backend.jobs.manager import JobManager
from backend.settings import Settings
from tests.jobs.conftest import Jobs, forget, worker_of


@pytest.fixture
async def jobs(settings: Settings) -> AsyncIterator[Jobs]:
    jobs = Jobs(settings, can_pause=True)
    jobs.manager.start()
    yield jobs
    await jobs.manager.close()


async def test_a_paused_job_rests_until_it_is_resumed_and_goes_on_where_it_was(jobs: Jobs) -> None:
    job_id = jobs.submit(total=30, seconds_each=0.05)
    await jobs.until_counted(job_id, 3)
    assert jobs.get(job_id).can_pause
    worker = worker_of(jobs, job_id)
    assert jobs.manager.pause(job_id).can_pause is False
    paused = await jobs.at_rest(job_id)
    assert (paused.state, paused.can_pause, paused.can_resume) == ("paused", False, True)
    assert (paused.message, paused.started_at, paused.finished_at) == (None, None, None)
    assert not worker.is_running()
    counted = len(jobs.counted(job_id))
    await asyncio.sleep(0.3)
    assert len(jobs.counted(job_id)) == counted < 30
    assert (await jobs.manager.resume(job_id)).can_resume is False
    assert (await jobs.ended(job_id)).state == "completed"
    assert jobs.counted(job_id) == list(range(30))
    assert jobs.discarded == []
    kinds = [type(event) for event in jobs.manager.store.events(job_id)]
    assert kinds.index(JobPaused) < len(kinds) - 1 - kinds[::-1].index(JobQueued)


async def test_a_waiting_job_can_be_paused_and_lets_those_behind_it_pass(jobs: Jobs) -> None:
    running, waiting, behind = (jobs.submit(total=it, seconds_each=0.05) for it in (20, 3, 3))
    await jobs.until_counted(running, 1)
    assert jobs.manager.pause(waiting).state == "paused"
    assert (await jobs.ended(behind)).state == "completed"
    assert jobs.get(waiting).state == "paused"
    await jobs.manager.resume(waiting)
    assert (await jobs.ended(waiting)).state == "completed"


async def test_what_rests_does_not_hold_up_the_queue(jobs: Jobs) -> None:
    first, second = jobs.submit(total=1000, seconds_each=0.05), jobs.submit()
    await jobs.until_counted(first, 1)
    jobs.manager.pause(first)
    assert (await jobs.ended(second)).state == "completed"
    assert jobs.get(first).state == "paused"


async def test_a_paused_job_stays_paused_over_a_restart(settings: Settings) -> None:
    first = Jobs(settings, can_pause=True)
    first.manager.start()
    job_id = first.submit(total=20, seconds_each=0.05)
    await first.until_counted(job_id, 2)
    first.manager.pause(job_id)
    await first.at_rest(job_id)
    await first.manager.close()
    second = Jobs(settings, can_pause=True)
    second.manager.start()
    await asyncio.sleep(0.5)
    assert second.get(job_id).state == "paused"
    await second.manager.resume(job_id)
    assert (await second.ended(job_id)).state == "completed"
    assert second.counted(job_id) == list(range(20))
    await second.manager.close()


async def test_paused_and_resumed_at_once_it_goes_on(jobs: Jobs) -> None:
    job_id = jobs.submit(total=20, seconds_each=0.05)
    await jobs.until_counted(job_id, 2)
    jobs.manager.pause(job_id)
    await jobs.manager.resume(job_id)
    assert (await jobs.ended(job_id)).state == "completed"
    assert jobs.counted(job_id) == list(range(20))


async def test_an_adopted_job_can_be_paused(settings: Settings) -> None:
    first = Jobs(settings, can_pause=True)
    first.manager.start()
    job_id = first.submit(total=1000, seconds_each=0.05)
    await first.until_counted(job_id, 1)
    await forget(first.manager)
    second = Jobs(settings, can_pause=True)
    second.manager.start()
    await asyncio.sleep(0)
    second.manager.pause(job_id)
    assert (await second.at_rest(job_id)).state == "paused"
    await second.manager.close()


async def test_a_failed_job_is_resumed_and_its_earlier_end_is_forgotten(jobs: Jobs) -> None:
    job_id = jobs.submit(total=15, seconds_each=0.05)
    await jobs.until_counted(job_id, 3)
    os.kill(worker_of(jobs, job_id).pid, signal.SIGKILL)
    failed = await jobs.ended(job_id)
    assert (failed.state, failed.can_resume) == ("failed", True)
    resumed = await jobs.manager.resume(job_id)
    assert (resumed.reason, resumed.finished_at, resumed.state) == (None, None, "queued")
    done = await jobs.ended(job_id)
    assert (done.state, done.reason) == ("completed", "Counted to 15.")
    assert jobs.counted(job_id) == list(range(15))
    assert sum(isinstance(event, JobFinished) for event in jobs.manager.store.events(job_id)) == 2
    assert JobManager(jobs.settings).get(job_id) == done.model_copy(update={"can_pause": False, "can_resume": False})


async def test_a_failure_that_is_resumed_at_once_does_not_end_the_next_attempt(jobs: Jobs) -> None:
    """Its worker has said that it failed, and is not gone yet."""
    job_id = jobs.submit(total=2, ends="in words")
    await jobs.ended(job_id)
    await jobs.manager.resume(job_id)
    assert (await jobs.ended(job_id)).reason == "There is no number behind the last."


@pytest.mark.parametrize("give_up", ["cancel", "delete"])
async def test_a_job_that_is_given_up_leaves_nothing_outside_its_folder(give_up: str, jobs: Jobs) -> None:
    job_id = jobs.submit(total=1000, seconds_each=0.05)
    await jobs.until_counted(job_id, 1)
    jobs.manager.pause(job_id)
    await jobs.at_rest(job_id)
    if give_up == "cancel":
        cancelled = jobs.manager.cancel(job_id)
        assert (cancelled.state, cancelled.reason, cancelled.can_resume) == (
            "cancelled",
            "Cancelled on request.",
            False,
        )
    else:
        jobs.manager.delete(job_id)
    assert jobs.discarded == [job_id]


async def test_a_job_cancelled_while_it_runs_leaves_nothing_outside_its_folder(jobs: Jobs) -> None:
    job_id = jobs.submit(total=1000, seconds_each=0.05)
    await jobs.until_counted(job_id, 1)
    jobs.manager.pause(job_id)
    jobs.manager.cancel(job_id)
    assert (await jobs.ended(job_id)).state == "cancelled"
    await asyncio.sleep(0.1)
    assert jobs.discarded == [job_id]


async def test_what_cannot_be_paused_or_resumed_says_why(jobs: Jobs) -> None:
    done = jobs.submit(total=1)
    await jobs.ended(done)
    running = jobs.submit(total=1000, seconds_each=0.05)
    await jobs.until_counted(running, 1)
    for act, job_id, words in (
        (jobs.manager.pause, done, f"The job {done} is completed, so there is nothing to pause."),
        (jobs.manager.resume, done, f"The job {done} is completed; only one that was paused or that failed can be"),
        (jobs.manager.resume, running, f"The job {running} is running; only one that was paused or that failed"),
    ):
        with pytest.raises(AppError, match=words) as refused:
            answer = act(job_id)
            if asyncio.iscoroutine(answer):
                await answer
        assert refused.value.status_code == 409
    jobs.manager.cancel(running)
    with pytest.raises(AppError, match=f"The job {running} is ending already"):
        jobs.manager.pause(running)


async def test_a_kind_that_cannot_pause_is_as_before(settings: Settings) -> None:
    jobs = Jobs(settings)
    jobs.manager.start()
    running, failing = jobs.submit(total=1000, seconds_each=0.05), jobs.submit(ends="in words")
    await jobs.until_counted(running, 1)
    assert (jobs.get(running).can_pause, jobs.get(failing).can_pause) == (False, False)
    with pytest.raises(AppError, match="Jobs of the kind counting cannot be paused; cancel it, or let it go on"):
        jobs.manager.pause(running)
    jobs.manager.cancel(running)
    assert (await jobs.ended(failing)).can_resume is False
    with pytest.raises(AppError, match="Jobs of the kind counting cannot be resumed; start another"):
        await jobs.manager.resume(failing)
    await jobs.manager.close()

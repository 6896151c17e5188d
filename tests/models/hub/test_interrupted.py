"""Downloads that are interrupted: by lost connections, killed workers and servers, pauses; and what they end with."""

import asyncio
import random

import pytest

from backend.jobs.events import JobFinished, JobProgress
from backend.settings import Settings
from tests.hub.server import Hub
from tests.models.hub.conftest import REPO, Studio, assert_whole, wanted


async def interrupt_by_a_cut(studio: Studio, hub: Hub, job_id: str) -> None:
    hub.behaviour.cut_after.append(random.randrange(1, 200_000))
    await asyncio.sleep(0.2)


async def interrupt_by_killing_the_worker(studio: Studio, hub: Hub, job_id: str) -> None:
    studio.kill_worker(job_id)
    if (await studio.at_rest(job_id)).state == "failed":
        await studio.jobs.resume(job_id)


async def interrupt_by_stopping_the_hub(studio: Studio, hub: Hub, job_id: str) -> None:
    hub.stop()
    await asyncio.sleep(0.5)
    hub.start()


async def interrupt_by_a_pause(studio: Studio, hub: Hub, job_id: str) -> None:
    if studio.jobs.get(job_id).can_pause:
        studio.jobs.pause(job_id)
        if (await studio.at_rest(job_id)).state == "paused":
            await studio.jobs.resume(job_id)


async def interrupt_by_ending_the_server(studio: Studio, hub: Hub, job_id: str) -> None:
    await studio.jobs.close()
    Studio.__init__(studio, studio.settings)


async def interrupt_by_killing_the_server(studio: Studio, hub: Hub, job_id: str) -> None:
    await studio.die()
    Studio.__init__(studio, studio.settings)


INTERRUPTIONS = [
    interrupt_by_a_cut,
    interrupt_by_killing_the_worker,
    interrupt_by_stopping_the_hub,
    interrupt_by_a_pause,
    interrupt_by_ending_the_server,
    interrupt_by_killing_the_server,
]


@pytest.mark.parametrize("seed", range(3))
async def test_a_download_that_is_interrupted_five_times_at_random_arrives_whole(
    seed: int, studio: Studio, hub: Hub
) -> None:
    chance = random.Random(seed)
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    size = sum(map(len, wanted(hub).values()))
    for interrupt in chance.sample(INTERRUPTIONS, 5):
        await studio.until_here(job_id, chance.randrange(1, size // 5) + studio.jobs.get(job_id).done)
        await interrupt(studio, hub, job_id)
    hub.behaviour.seconds_each_chunk = 0
    while (job := await studio.at_rest(job_id)).state == "failed":
        await studio.jobs.resume(job_id)
    assert job.state == "completed", job.reason
    assert_whole(studio, hub)
    assert any(asked.range for asked in hub.content_requests()), "nothing went on where it was"


async def test_what_is_here_is_not_asked_for_again(studio: Studio, hub: Hub) -> None:
    hub.behaviour.cut_after = [None, None, 300_000]  # README.md, config.json, then the weights
    await studio.ended((await studio.start()).id)
    (first, second) = [asked for asked in hub.content_requests() if asked.cdn]
    assert (first.range, second.range) == (None, "bytes=300000-")
    assert_whole(studio, hub)


async def test_a_server_that_knows_no_ranges_gives_the_same_files(studio: Studio, hub: Hub) -> None:
    hub.behaviour.ignore_ranges = True
    hub.behaviour.cut_after = [None, None, 300_000, 700_000]
    await studio.ended((await studio.start()).id)
    assert len([asked for asked in hub.content_requests() if asked.cdn]) == 3
    assert_whole(studio, hub)


async def test_a_worker_killed_before_it_could_say_that_it_was_done_does_nothing_twice(
    studio: Studio, hub: Hub
) -> None:
    job_id = (await studio.start()).id
    await studio.ended(job_id)
    studio.jobs.store.append(job_id, JobFinished(outcome="failed", reason="The worker was killed."))
    asked = len(hub.requests)
    await studio.jobs.resume(job_id)
    assert (await studio.ended(job_id)).state == "completed"
    assert len(hub.requests) == asked
    assert_whole(studio, hub)


async def test_a_lost_connection_is_told_with_the_time_of_the_next_try(studio: Studio, hub: Hub) -> None:
    hub.behaviour.cut_after = [None, None, 300_000]
    job_id = (await studio.start()).id
    await studio.ended(job_id)
    said = [event.message for event in studio.jobs.store.events(job_id) if isinstance(event, JobProgress)]
    assert "The connection to the hub was lost. Tries again in 0.2 s." in said


async def test_without_a_connection_it_gives_up_in_words_and_can_be_resumed(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.01
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 1_000_000)
    hub.stop()
    failed = await studio.ended(job_id)
    assert (failed.state, failed.can_resume) == ("failed", True)
    assert failed.reason is not None
    assert failed.reason.startswith("The connection to the hub was lost. ")
    assert failed.reason.endswith(" are here and kept; resume it when the connection is back.")
    hub.start()
    assert (await studio.jobs.resume(job_id)).finished_at is None
    assert (await studio.ended(job_id)).state == "completed"
    assert_whole(studio, hub)


async def test_a_paused_download_stays_paused_over_a_restart_and_then_goes_on(settings: Settings, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    first = Studio(settings)
    job_id = (await first.start()).id
    await first.until_here(job_id, 1_000_000)
    first.jobs.pause(job_id)
    paused = await first.at_rest(job_id)
    assert (paused.state, paused.can_pause, paused.can_resume, paused.finished_at) == ("paused", False, True, None)
    await first.jobs.close()
    asked = len(hub.requests)
    second = Studio(settings)
    await asyncio.sleep(0.5)
    assert (second.jobs.get(job_id).state, len(hub.requests)) == ("paused", asked)
    look = await second.downloads.look(REPO, None)
    assert 1_000_000 <= look.already_bytes < look.download_bytes
    hub.behaviour.seconds_each_chunk = 0
    await second.jobs.resume(job_id)
    assert (await second.ended(job_id)).state == "completed"
    assert_whole(second, hub)
    await second.close()


async def test_files_of_two_versions_are_never_mixed(studio: Studio, hub: Hub) -> None:
    """The commit is fixed at the start; a hub that has it no longer is not asked for another."""
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 500_000)
    studio.kill_worker(job_id)
    await studio.ended(job_id)
    hub.behaviour.seconds_each_chunk = 0
    hub.repos[REPO].files["tokenizer.json"] += b"\n"
    await studio.jobs.resume(job_id)
    failed = await studio.ended(job_id)
    assert (failed.state, failed.reason) == (
        "failed",
        "The hub no longer has org/model as it was when this began. Delete this, and download anew.",
    )

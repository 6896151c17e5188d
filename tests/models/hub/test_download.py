"""Downloads from a hub on this machine: whole, interrupted in every way, paused, cancelled, refused half-way."""

import asyncio
import json
import random
import resource
import sys
from pathlib import Path

import pytest

from backend.errors import AppError
from backend.jobs.events import JobFinished, JobProgress
from backend.models.hub.schemas import DownloadPlan
from backend.models.schemas import NewLink
from backend.settings import Settings
from tests.hub.server import Answer, Asked, Hub
from tests.models.hub.conftest import NAME, REPO, Studio
from tests.tiny_models import make_model

WANTED = {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
WEIGHTS = "model.safetensors"


def wanted(hub: Hub) -> dict[str, bytes]:
    return {name: content for name, content in hub.repos[REPO].files.items() if name in WANTED}


def assert_whole(studio: Studio, hub: Hub) -> None:
    files = studio.files()
    origin = json.loads(files.pop("origin.json"))
    assert files == wanted(hub)
    assert (origin["repo_id"], origin["revision"]) == (REPO, hub.repos[REPO].commit)
    assert studio.leftovers() == []


async def test_a_model_arrives_whole_without_pickles_or_code(studio: Studio, hub: Hub) -> None:
    job = await studio.start()
    assert (job.kind, job.title, job.can_pause) == ("download", REPO, True)
    done = await studio.ended(job.id)
    size = sum(map(len, wanted(hub).values()))
    assert (done.state, done.done, done.total, done.unit) == ("completed", size, size, "bytes")
    assert done.reason == f"{NAME} is in the library: {size / 1e6:.1f} MB, every file checked."
    assert_whole(studio, hub)
    (model,) = studio.library.list()
    assert (model.name, model.repo_id, model.licence, model.problem) == (NAME, REPO, "Apache 2.0", None)


async def test_the_token_goes_to_the_hub_and_nowhere_else(
    studio: Studio, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.tokens.add("hf_secret")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    job = await studio.start()
    await studio.ended(job.id)
    assert {asked.authorization for asked in hub.requests if not asked.cdn} == {"Bearer hf_secret"}
    assert {asked.authorization for asked in hub.requests if asked.cdn} == {None}
    folder = studio.jobs.store.folder(job.id)
    assert not [file for file in folder.iterdir() if b"hf_secret" in file.read_bytes()]
    assert {asked.user_agent.split(";")[0].split("/")[0] for asked in hub.requests} == {"droid-finetuning"}


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


async def test_another_content_than_the_hub_promises_is_asked_for_once_more(studio: Studio, hub: Hub) -> None:
    garbled = iter([True])

    def garble(name: str, content: bytes) -> bytes:
        return b"x" + content[1:] if name == WEIGHTS and next(garbled, False) else content

    hub.behaviour.garble = garble
    assert (await studio.ended((await studio.start()).id)).state == "completed"
    assert_whole(studio, hub)


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
async def test_content_that_stays_wrong_never_reaches_the_library(name: str, studio: Studio, hub: Hub) -> None:
    hub.behaviour.garble = lambda file, content: b"x" + content[1:] if file == name else content
    failed = await studio.ended((await studio.start()).id)
    assert failed.state == "failed"
    assert failed.reason is not None
    assert failed.reason.startswith(f"{name} arrived with another content than the hub says it has, twice.")
    assert studio.library.list() == []


async def test_a_cancelled_download_leaves_nothing(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 1_000_000)
    studio.jobs.cancel(job_id)
    assert (await studio.ended(job_id)).state == "cancelled"
    assert (studio.leftovers(), studio.library.list()) == ([], [])


async def test_cancelled_in_the_last_file_it_leaves_nothing_or_all(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.005
    job_id = (await studio.start()).id
    size = sum(map(len, wanted(hub).values()))
    await studio.until_here(job_id, size - 6000)
    if studio.jobs.get(job_id).finished_at is None:
        studio.jobs.cancel(job_id)
    job = await studio.ended(job_id)
    assert studio.leftovers() == []
    assert [model.name for model in studio.library.list()] == ([NAME] if job.state == "completed" else [])


@pytest.mark.parametrize("delete", ["cancel", "delete"])
async def test_a_paused_download_can_be_given_up(delete: str, studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 500_000)
    studio.jobs.pause(job_id)
    await studio.at_rest(job_id)
    assert studio.leftovers() == [f".downloading-{job_id}"]
    if delete == "cancel":
        assert studio.jobs.cancel(job_id).reason == "Cancelled on request."
    else:
        studio.jobs.delete(job_id)
    assert studio.leftovers() == []


async def test_the_same_model_asked_for_twice_is_downloaded_once(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    answers = await asyncio.gather(*(studio.start() for _ in range(3)), return_exceptions=True)
    (job,) = [it for it in answers if not isinstance(it, BaseException)]
    refused = [it for it in answers if isinstance(it, AppError)]
    assert [(it.status_code, it.detail) for it in refused] == [(409, "org/model is being downloaded already.")] * 2
    await studio.until_here(job.id, 500_000)
    studio.jobs.pause(job.id)
    await studio.at_rest(job.id)
    assert (await studio.start()).id == job.id, "a paused one goes on"
    with pytest.raises(AppError, match=r"A download of org/model into the same folder is \w+; delete it first"):
        await studio.start(revision="main")
    hub.behaviour.seconds_each_chunk = 0
    await studio.ended(job.id)
    with pytest.raises(AppError, match="There is a model named org--model already") as refused_name:
        await studio.start()
    assert (refused_name.value.status_code, refused_name.value.fields[0]["field"]) == (409, "repo_id")


async def test_a_name_that_is_taken_meanwhile_is_told_and_nothing_is_lost(
    studio: Studio, hub: Hub, tmp_path: Path
) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 500_000)
    other = make_model(tmp_path / "other")
    studio.library.link(NewLink(path=str(other), name=NAME))
    hub.behaviour.seconds_each_chunk = 0
    failed = await studio.ended(job_id)
    assert (failed.state, failed.reason) == (
        "failed",
        "org/model is here whole, but the library has a model named org--model since. Delete or rename that one, and "
        "resume this.",
    )
    studio.library.delete(NAME)
    asked = len(hub.requests)
    await studio.jobs.resume(job_id)
    assert (await studio.ended(job_id)).state == "completed"
    assert len(hub.requests) == asked
    assert_whole(studio, hub)


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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")
async def test_a_full_disk_is_told_with_what_is_here(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.01
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 500_000)
    worker = studio.worker(job_id)
    assert worker is not None
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    failed = await studio.ended(job_id)
    assert failed.state == "failed"
    assert failed.reason is not None and "What is here is kept; then resume it." in failed.reason
    hub.behaviour.seconds_each_chunk = 0
    await studio.jobs.resume(job_id)
    assert (await studio.ended(job_id)).state == "completed"
    assert_whole(studio, hub)


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (
            429,
            {"Retry-After": "1"},
            "The hub answers no more questions for now: too many were asked. Tries again in 1 s.",
        ),
        (500, {}, "The hub has trouble of its own (500). Tries again in 0.2 s."),
        (503, {}, "The hub has trouble of its own (503). Tries again in 0.2 s."),
    ],
)
async def test_a_busy_hub_is_asked_again(
    status: int, headers: dict[str, str], words: str, studio: Studio, hub: Hub
) -> None:
    busy = iter([Answer(status, headers)])
    hub.behaviour.instead = lambda asked: next(busy, None) if "/resolve/" in asked.path else None
    job_id = (await studio.start()).id
    assert (await studio.ended(job_id)).state == "completed"
    said = [event.message for event in studio.jobs.store.events(job_id) if isinstance(event, JobProgress)]
    assert words in said


async def test_access_that_is_taken_away_meanwhile_ends_it_at_once_in_words(studio: Studio, hub: Hub) -> None:
    def closed(asked: Asked) -> Answer | None:
        return Answer(403, {"X-Error-Code": "GatedRepo"}) if asked.path.endswith(WEIGHTS) else None

    hub.behaviour.instead = closed
    failed = await studio.ended((await studio.start()).id)
    assert failed.state == "failed"
    assert failed.reason is not None and failed.reason.startswith("org/model is gated: its owner asks everybody to")


async def test_files_of_downloads_without_a_job_go_with_the_next_start(studio: Studio, hub: Hub) -> None:
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 100_000)
    studio.jobs.pause(job_id)
    await studio.at_rest(job_id)
    stray = studio.settings.base_models / ".downloading-20260101-000000-abcdef"
    stray.mkdir()
    studio.downloads.sweep()
    assert studio.leftovers() == [f".downloading-{job_id}"]


async def test_what_a_job_does_is_written_in_its_folder(studio: Studio, hub: Hub) -> None:
    job_id = (await studio.start()).id
    plan = DownloadPlan.model_validate(studio.jobs.store.record(job_id).settings)
    assert (plan.repo_id, plan.commit, plan.name) == (REPO, hub.repos[REPO].commit, NAME)
    assert [file.name for file in plan.files] == sorted(WANTED)
    assert sum(file.bytes for file in plan.files) == sum(map(len, wanted(hub).values()))
    await studio.ended(job_id)

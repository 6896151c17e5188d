"""Downloads from a hub on this machine: whole, cancelled, asked for twice, refused half-way."""

import asyncio
import resource
import sys
from pathlib import Path

import pytest

from backend.errors import AppError
from backend.jobs.events import JobProgress
from backend.models.hub.schemas import DownloadPlan
from backend.models.schemas import NewLink
from tests.hub.server import Answer, Asked, Hub
from tests.models.hub.conftest import NAME, REPO, WANTED, Studio, assert_whole, wanted
from tests.tiny_models import make_model

WEIGHTS = "model.safetensors"


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
    with pytest.raises(AppError, match="org/model is being downloaded already"):
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


async def test_one_begun_without_a_revision_goes_on_for_who_names_its_commit(studio: Studio, hub: Hub) -> None:
    job_id = await paused(studio, hub)
    assert (await studio.start(revision=hub.repos[REPO].commit)).id == job_id
    await studio.ended(job_id)
    assert_whole(studio, hub)


async def test_one_of_an_older_commit_is_named_with_what_to_do_about_it(studio: Studio, hub: Hub) -> None:
    before = hub.repos[REPO].commit
    job_id = await paused(studio, hub)
    hub.repos[REPO].files["tokenizer.json"] += b"\n"
    look = await studio.downloads.look(REPO, None)
    assert (look.already_bytes, look.problem) == (
        0,
        f"A download of org/model at commit {before[:8]} into the same folder is paused. Under Models, go on with it "
        "or cancel it; then look again.",
    )
    with pytest.raises(AppError) as refused:
        await studio.start(revision=look.revision)
    assert (refused.value.status_code, refused.value.detail) == (409, look.problem)
    studio.jobs.cancel(job_id)
    assert (await studio.downloads.look(REPO, None)).problem is None


async def paused(studio: Studio, hub: Hub) -> str:
    hub.behaviour.seconds_each_chunk = 0.02
    job_id = (await studio.start()).id
    await studio.until_here(job_id, 500_000)
    studio.jobs.pause(job_id)
    assert (await studio.at_rest(job_id)).state == "paused"
    hub.behaviour.seconds_each_chunk = 0
    return job_id

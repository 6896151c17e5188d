"""When the base model is in memory, when it goes, and what the status says of it."""

import asyncio
import time

import psutil
import pytest

from tests.inference.conftest import Studio, running, worker

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference residency")]

LONG_PROMPT = "word " * 1200


async def test_a_status_starts_no_worker(studio: Studio) -> None:
    async with running(studio.settings) as fresh:
        before = worker()
        assert await fresh.status() == {
            "state": "unloaded",
            "model_name": None,
            "memory_bytes": None,
            "rows": 0,
            "waiting": 0,
            "adapters": 0,
            "unloads_at": None,
            "last_unload": None,
        }
        assert worker() == before


async def test_the_status_says_what_is_loaded_and_until_when(studio: Studio) -> None:
    await studio.ask(adapter_name="one")
    status = await studio.status()
    assert (status["state"], status["model_name"], status["rows"], status["waiting"]) == ("idle", "tiny", 0, 0)
    assert status["memory_bytes"] > 100_000
    assert status["adapters"] == 1
    assert status["unloads_at"] == pytest.approx(time.time() + 600, abs=5)


async def test_the_status_follows_an_answer(studio: Studio) -> None:
    await studio.manager.unload("a test begins")
    asking = asyncio.create_task(studio.ask("endless", max_tokens=400))
    states = []
    while not asking.done():
        status = await studio.status()
        assert status["model_name"] in ("endless", None)
        states.append(status["state"])
        await asyncio.sleep(0.01)
    assert [state for state in dict.fromkeys(states) if state not in ("unloaded", "idle")] == ["loading", "answering"]
    assert (await studio.status())["state"] == "idle"


async def test_a_model_that_nobody_asks_gives_its_memory_back(studio: Studio) -> None:
    hasty = studio.settings.model_copy(update={"idle_unload": 1 / 60})
    async with running(hasty) as idle:
        before = await idle.text("one")
        resident = worker()
        assert resident is not None
        for _ in range(8):
            await asyncio.sleep(0.2)
            await idle.status()  # who only looks does not keep it
        while psutil.pid_exists(resident.pid):
            await asyncio.sleep(0.02)
        status = await idle.status()
        assert (status["state"], status["model_name"], status["unloads_at"]) == ("unloaded", None, None)
        assert status["last_unload"].startswith("tiny was unloaded, because nobody asked it anything for ")
        assert await idle.text("one") == before


async def test_an_answer_that_takes_longer_than_the_idle_time_keeps_the_model(studio: Studio) -> None:
    hasty = studio.settings.model_copy(update={"idle_unload": 1 / 60})
    async with running(hasty) as idle:
        await idle.ask("endless", max_tokens=1)
        asking = asyncio.create_task(idle.ask("endless", max_tokens=32768))
        await asyncio.sleep(1.5)
        assert (await idle.status())["state"] == "answering"
        asking.cancel()
        await asyncio.wait({asking})
        status = await idle.status()
        assert (status["state"], status["last_unload"]) == ("idle", None)


async def test_a_model_stays_for_ever_where_that_is_set(studio: Studio) -> None:
    async with running(studio.settings.model_copy(update={"idle_unload": 0})) as keeping:
        await keeping.ask()
        status = await keeping.status()
        assert (status["state"], status["unloads_at"]) == ("idle", None)


async def test_a_model_that_refused_the_first_question_is_in_memory_all_the_same(studio: Studio) -> None:
    await studio.manager.unload("a test begins")
    assert (await studio.refusal(prompt="x" * 600))[0] == 400
    status = await studio.status()
    assert (status["state"], status["model_name"]) == ("idle", "tiny")


async def test_a_link_to_the_base_in_memory_is_that_base(studio: Studio) -> None:
    await studio.ask("other")
    await studio.ask("tiny")
    await studio.ask("linked")
    status = await studio.status()
    assert (status["model_name"], status["last_unload"]) == ("tiny", "other was unloaded, because tiny was asked for.")


async def test_another_base_takes_the_place_of_the_first(studio: Studio) -> None:
    await studio.ask("tiny")
    await studio.ask("other")
    status = await studio.status()
    assert (status["model_name"], status["last_unload"]) == ("other", "tiny was unloaded, because other was asked for.")


async def test_unloading_on_request_says_so(studio: Studio) -> None:
    await studio.ask()
    resident = worker()
    assert resident is not None
    status = (await studio.client.post("/api/inference/unload")).json()
    assert not psutil.pid_exists(resident.pid)
    assert (status["state"], status["last_unload"]) == (
        "unloaded",
        ("tiny was unloaded, because somebody asked to unload the model."),
    )


async def test_who_looks_while_the_model_goes_hears_why_it_went(studio: Studio) -> None:
    await studio.ask()
    unloading = asyncio.create_task(studio.manager.unload("a test needs the memory"))
    while not unloading.done():
        await studio.status()
    assert (await studio.status())["last_unload"] == "tiny was unloaded, because a test needs the memory."


async def test_a_worker_that_died_while_idle_is_gone_in_the_status(studio: Studio) -> None:
    await studio.ask()
    resident = worker()
    assert resident is not None
    resident.kill()
    while psutil.pid_exists(resident.pid):
        await asyncio.sleep(0.02)
    status = await studio.status()
    assert (status["state"], status["memory_bytes"]) == ("unloaded", None)
    assert status["last_unload"].startswith("tiny is gone from memory. The worker was killed from outside (SIGKILL).")


async def test_a_status_does_not_wait_for_a_long_prompt(studio: Studio) -> None:
    await studio.ask("endless", max_tokens=1)
    asking = asyncio.create_task(studio.ask("endless", prompt=LONG_PROMPT, max_tokens=1))
    while (await studio.status())["state"] != "answering":
        await asyncio.sleep(0.01)
    slowest = 0.0
    while not asking.done():
        started = time.monotonic()
        state = (await studio.status())["state"]
        assert state == "answering" or asking.done()
        slowest = max(slowest, time.monotonic() - started)
        await asyncio.sleep(0.05)
    assert 0 < slowest < 1


async def test_unloading_waits_for_those_who_asked_before_and_interrupts_nobody_who_asks_later(studio: Studio) -> None:
    async with running(studio.settings, patience_seconds=15) as patient:
        await patient.ask("endless", max_tokens=1)
        before = worker()
        early = asyncio.create_task(patient.ask("endless", max_tokens=100))
        while (await patient.status())["state"] != "answering":
            await asyncio.sleep(0.01)
        unloading = asyncio.create_task(patient.manager.unload("a test says so"))
        await asyncio.sleep(0)
        late = asyncio.create_task(patient.post({"model_name": "endless", "prompt": "Hello", "max_tokens": 32768}))
        await unloading
        assert (await early)["generated_tokens"] == 100
        assert before is not None
        assert not psutil.pid_exists(before.pid)
        assert not late.done()
        late.cancel()
        await asyncio.wait({late})

"""What happens to answers, and to the worker, when somebody goes away in the middle."""

import asyncio
import time

import httpx
import psutil
import pytest

from backend.inference.residency import FOR_TRAINING
from tests.inference.conftest import Studio, running, serving, worker

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference worker life")]

ENDLESS = {"prompt": "Hello", "model_name": "endless", "max_tokens": 32768, "temperature": 0}


def resident() -> psutil.Process:
    process = worker()
    assert process is not None
    return process


async def busy(studio: Studio) -> "asyncio.Task[httpx.Response]":
    """A request whose answer takes minutes, once the worker is at it."""
    await studio.ask("endless", max_tokens=1)
    asking = asyncio.create_task(studio.post(ENDLESS))
    await asyncio.sleep(1)
    assert not asking.done()
    return asking


async def test_a_killed_worker_is_a_clear_503_and_the_next_request_works(studio: Studio) -> None:
    before = await studio.text("one")
    asking = await busy(studio)
    resident().kill()
    answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (503, "worker_failed")
    assert "The worker was killed from outside (SIGKILL)" in answer.json()["detail"]
    assert await studio.text("one") == before


async def test_a_worker_killed_while_idle_is_not_noticed(studio: Studio) -> None:
    before = await studio.text("one")
    idle = resident()
    idle.kill()
    idle.wait(10)
    assert await studio.text("one") == before


async def test_a_cancelled_request_frees_the_worker(studio: Studio) -> None:
    asking = await busy(studio)
    pid = resident().pid
    asking.cancel()
    started = time.monotonic()
    assert (await studio.ask("endless", max_tokens=4))["generated_tokens"] == 4
    assert time.monotonic() - started < 10
    assert resident().pid == pid


async def test_a_client_that_hangs_up_frees_the_worker(studio: Studio) -> None:
    await studio.ask("endless", max_tokens=1)
    async with serving(studio.app, timeout=1.0) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/models/inference", json=ENDLESS)
        started = time.monotonic()
        assert (await studio.ask("endless", max_tokens=4))["generated_tokens"] == 4
        assert time.monotonic() - started < 10
        assert (await studio.status())["rows"] == 0


async def test_a_request_cancelled_in_the_queue_leaves_the_answer_in_progress_alone(studio: Studio) -> None:
    await studio.ask()
    first = asyncio.create_task(studio.ask(max_tokens=400, temperature=0))
    second = asyncio.create_task(studio.ask())
    await asyncio.sleep(0.05)
    second.cancel()
    assert (await first)["generated_tokens"] == 400


async def test_closing_ends_the_worker(studio: Studio) -> None:
    await studio.ask()
    before = resident()
    await studio.manager.unload("a test says so")
    assert not psutil.pid_exists(before.pid)


async def test_a_request_cancelled_before_its_first_token_frees_the_worker(studio: Studio) -> None:
    for delay in (0.0, 0.001, 0.002, 0.005, 0.01):
        asking = asyncio.create_task(studio.post(ENDLESS))
        await asyncio.sleep(delay)
        asking.cancel()
        started = time.monotonic()
        assert (await studio.ask("endless", max_tokens=4))["generated_tokens"] == 4
        assert time.monotonic() - started < 10


async def test_a_request_cancelled_while_the_worker_starts_harms_no_other(studio: Studio) -> None:
    await studio.manager.unload("a test says so")
    asking = asyncio.create_task(studio.post(ENDLESS))
    await asyncio.sleep(0.3)
    asking.cancel()
    assert (await studio.ask("endless", max_tokens=4))["generated_tokens"] == 4


async def test_unloading_lets_a_short_answer_end(studio: Studio) -> None:
    await studio.ask()
    asking = asyncio.create_task(studio.ask(max_tokens=300))
    await asyncio.sleep(0.1)
    await studio.manager.unload("a test says so")
    assert (await asking)["generated_tokens"] == 300


async def test_unloading_while_the_worker_starts_does_not_end_it(studio: Studio) -> None:
    async with running(studio.settings, patience_seconds=0.05) as impatient:
        asking = asyncio.create_task(impatient.post({**ENDLESS, "max_tokens": 300}))
        await asyncio.sleep(0.1)
        await impatient.manager.unload(FOR_TRAINING)
        assert (await asking).json()["detail"].startswith("The answer was interrupted")


async def test_unloading_gives_a_long_answer_up_with_a_reason(studio: Studio) -> None:
    async with running(studio.settings, patience_seconds=1.0) as impatient:
        asking = await busy(impatient)
        await impatient.manager.unload(FOR_TRAINING)
        answer = await asking
        assert (answer.status_code, answer.json()["detail"]) == (
            503,
            "The answer was interrupted, because a training run needs the memory. Ask again.",
        )
        assert len(await impatient.text("one")) > 0

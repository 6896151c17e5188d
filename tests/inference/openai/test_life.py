"""Many clients at once, clients that hang up, and a worker that dies under them."""

import asyncio
import time
from typing import Any

import openai
import psutil
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.inference.openai.conftest import Studio

pytestmark = pytest.mark.xdist_group("openai")

HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]
ENDLESS: dict[str, Any] = {"model": "endless", "messages": HELLO, "temperature": 0, "max_tokens": 30_000}
PATIENCE_SECONDS = 10


@pytest.fixture
def asynchronous(studio: Studio) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{studio.address}/v1", api_key="anything", max_retries=0, timeout=60)


def rows(studio: Studio) -> int:
    return int(studio.call("/api/inference")["rows"])


def until_rows_are(number: int, studio: Studio) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while rows(studio) != number:
        assert time.monotonic() < deadline, f"still {rows(studio)} rows"
        time.sleep(0.02)


def worker(studio: Studio) -> psutil.Process:
    [process] = [it for it in studio.family() if "backend.workers.infer" in it.cmdline()]
    return process


def until_worker_rests(studio: Studio) -> None:
    """It computes nothing any more: the row is gone there too, not only from the count of those listened to."""
    deadline, process = time.monotonic() + PATIENCE_SECONDS, worker(studio)
    busy = 1.0
    while busy > 0.2:
        assert time.monotonic() < deadline, "the worker still computes"
        before = process.cpu_times()
        time.sleep(0.3)
        after = process.cpu_times()
        busy = (after.user + after.system - before.user - before.system) / 0.3


async def test_twenty_at_once_get_what_each_alone_would(asynchronous: AsyncOpenAI, client: OpenAI) -> None:
    questions = [(f"tiny{adapter}", f"Question {index}") for index in range(5) for adapter in ("", ":one", ":two", "")]

    def asked(model: str, prompt: str) -> dict[str, Any]:
        return {"model": model, "messages": [{"role": "user", "content": prompt}], "temperature": 0, "max_tokens": 16}

    answers = await asyncio.gather(*(asynchronous.chat.completions.create(**asked(*it)) for it in questions))
    alone = {it: client.chat.completions.create(**asked(*it)).choices[0].message.content for it in set(questions)}
    assert [answer.choices[0].message.content for answer in answers] == [alone[it] for it in questions]
    assert len(set(alone.values())) == len(alone) == 15


@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_closed_in_mid_answer_frees_its_rows(client: OpenAI, studio: Studio, n: int) -> None:
    stream: Any = client.chat.completions.create(**ENDLESS, n=n, stream=True)
    told = [next(iter(stream)) for _ in range(20)]
    assert len(told) == 20
    assert rows(studio) == n
    stream.close()
    until_rows_are(0, studio)
    until_worker_rests(studio)


async def test_who_hangs_up_before_the_answer_frees_its_row(asynchronous: AsyncOpenAI, studio: Studio) -> None:
    waiting = asyncio.create_task(asynchronous.chat.completions.create(**ENDLESS))
    await asyncio.to_thread(until_rows_are, 1, studio)
    waiting.cancel()
    await asyncio.to_thread(until_rows_are, 0, studio)
    await asyncio.to_thread(until_worker_rests, studio)


def test_a_worker_that_dies_ends_a_stream_with_an_error_and_the_next_answers(client: OpenAI, studio: Studio) -> None:
    stream: Any = client.chat.completions.create(**ENDLESS, stream=True)
    next(iter(stream))
    with pytest.raises(openai.APIError) as raised:
        worker(studio).kill()
        for _ in stream:
            pass
    assert (raised.value.type, raised.value.code) == ("server_error", "worker_failed")
    assert "killed" in raised.value.message
    answer = client.chat.completions.create(model="tiny", messages=HELLO, max_tokens=3)
    assert answer.choices[0].message.content is not None

"""Many requests at once: all are answered, each with its own text, and nobody waits for ever."""

import asyncio
import itertools
from typing import Any

import pytest

from tests.inference.conftest import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference many")]

REQUESTS = 200
DIFFERENT = 24


def requests() -> list[dict[str, Any]]:
    """Of every adapter, with prompts of different lengths; greedy and sampled with seeds in turn."""
    prompts = ["Hi", "Hello there", "Tell me a story about a small model. " * 4]
    kinds = [
        {"adapter_name": adapter, "prompt": prompt, "max_tokens": 4 + 3 * number, "temperature": temperature, "seed": 7}
        for adapter in (None, "one", "two", "before")
        for number, prompt in enumerate(prompts)
        for temperature in (0, 1.5)
    ]
    return list(itertools.islice(itertools.cycle(kinds), REQUESTS))


async def test_two_hundred_at_once_are_answered_as_each_alone(studio: Studio) -> None:
    asked = requests()
    together = await asyncio.gather(*(studio.text(**request) for request in asked))
    alone = {repr(request): await studio.text(**request) for request in asked[:DIFFERENT]}
    assert together == [alone[repr(request)] for request in asked]
    assert len(set(together)) > DIFFERENT // 2


async def test_some_that_cannot_be_answered_do_not_disturb_the_others(studio: Studio) -> None:
    expected = await studio.text("one")

    async def wrong(number: int) -> int:
        body = {"prompt": "x" * 600 if number % 2 else "Hi", "model_name": "tiny", "max_tokens": 4}
        answer = await studio.post(body if number % 2 else {**body, "adapter_name": "won"})
        return answer.status_code

    refused = asyncio.gather(*(wrong(number) for number in range(20)))
    assert await asyncio.gather(*(studio.text("one") for _ in range(20))) == [expected] * 20
    assert await refused == [404, 400] * 10


async def test_two_bases_asked_in_turn_both_answer(studio: Studio) -> None:
    expected = {name: await studio.text(model_name=name) for name in ("tiny", "other")}
    names = ["tiny", "other"] * 10
    together = await asyncio.gather(*(studio.text(model_name=name) for name in names))
    assert together == [expected[name] for name in names]


async def test_a_base_that_is_asked_without_end_does_not_keep_out_another(studio: Studio) -> None:
    stopped = asyncio.Event()

    async def insist() -> int:
        answers = 0
        while not stopped.is_set():
            await studio.text("one", max_tokens=8)
            answers += 1
        return answers

    insisting = [asyncio.create_task(insist()) for _ in range(8)]
    for _ in range(3):
        await asyncio.wait_for(studio.text(model_name="other"), 30)
    stopped.set()
    assert min(await asyncio.gather(*insisting)) >= 1

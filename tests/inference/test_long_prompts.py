"""Prompts that are too long are refused with numbers, and hold up nobody, however long they are."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tokenizers import AddedToken, Tokenizer

from tests.inference.conftest import Studio, serving
from tests.inference.worker_process import Call, Worker, answer_params
from tests.tiny_models import CONFIGS, make_model

HUGE = "A sentence of some words. " * 400_000
JSON = {"content-type": "application/json"}
LONGEST_WAIT_SECONDS = 3
"""Tokenising all of HUGE takes four times as long, and the machine may be busy."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("home") / "tiny")


def seconds_to_first_token(call: Call) -> float:
    began = time.monotonic()
    assert call.next_event()["type"] == "started"
    assert call.next_event()["type"] == "text"
    return time.monotonic() - began


def turns(number: int) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[each % 2], "content": "Hi"} for each in range(number)]


@pytest.mark.serial
@pytest.mark.parametrize(
    "asked", [{"prompt": HUGE}, {"plain": HUGE}, {"messages": [*turns(2), {"role": "user", "content": HUGE}]}]
)
def test_a_huge_prompt_holds_up_no_short_answer(asked: dict[str, Any], worker: Worker, base: Path) -> None:
    worker.call("load", model_folder=str(base)).result()
    huge, short = worker.ask_together(answer_params(base, **asked), answer_params(base, max_tokens=3))
    assert seconds_to_first_token(short) < LONGEST_WAIT_SECONDS
    refusal = huge.error()
    assert refusal["fields"][0]["field"] == "prompt"
    assert "The prompt is too long for this model: the first 65,536 of its 10,400," in refusal["detail"]
    assert refusal["detail"].endswith("prompt and answer together may have 512.")


@pytest.mark.serial
def test_more_turns_than_the_context_has_tokens_are_refused(worker: Worker, base: Path) -> None:
    worker.call("load", model_folder=str(base)).result()
    many, short = worker.ask_together(answer_params(base, messages=turns(300_001)), answer_params(base, max_tokens=3))
    assert seconds_to_first_token(short) < LONGEST_WAIT_SECONDS
    refusal = many.error()
    assert (refusal["fields"][0]["field"], refusal["detail"]) == (
        "history",
        "The conversation is too long for this model: it has 300,001 turns, "
        "and prompt and answer together may have 512 tokens.",
    )


def test_of_a_prompt_that_is_a_little_too_long_the_exact_count_is_said(worker: Worker, tmp_path: Path) -> None:
    config = {**CONFIGS["qwen2"], "max_position_embeddings": 100_000}
    base = make_model(tmp_path / "long", config)
    refusal = worker.ask(base, plain="x" * 150_000).error()
    assert "it has 150,000 tokens, and prompt and answer together may have 100,000." in refusal["detail"]
    refusal = worker.ask(base, plain="x" * 300_000).error()
    assert (
        "the first 262,144 of its 300,000 characters are about 262,144 tokens already, "
        "and prompt and answer together may have 100,000." in refusal["detail"]
    )


def test_what_is_long_in_characters_and_short_in_tokens_is_answered(worker: Worker, tmp_path: Path) -> None:
    """Its pieces have more tokens than fit, and the whole has not, for each cut falls into a long token."""
    base = make_model(tmp_path / "giant")
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken("~" * 250, normalized=False)])
    tokenizer.save(str(base / "tokenizer.json"))
    answer = worker.ask(base, plain="~" * 100_000, max_tokens=2).result()
    assert answer["prompt_tokens"] == 400


def test_without_a_known_context_there_is_a_bound_all_the_same(worker: Worker, tmp_path: Path) -> None:
    config = {name: value for name, value in CONFIGS["qwen2"].items() if name != "max_position_embeddings"}
    base = make_model(tmp_path / "boundless", config)
    assert worker.call("load", model_folder=str(base)).result()["context_length"] is None
    assert worker.ask(base, plain=HUGE).error()["detail"] == (
        f"The prompt is too long: it has {len(HUGE):,} characters. Where a model does not say "
        "how many tokens it can see at once, a prompt may have 4,000,000 characters."
    )


@pytest.mark.serial
@pytest.mark.asyncio(loop_scope="module")
async def test_the_server_answers_others_while_a_huge_prompt_comes_in(studio: Studio) -> None:
    await studio.ask(max_tokens=1)
    body = json.dumps({"model_name": "tiny", "prompt": HUGE * 4})
    async with serving(studio.app) as client:
        longest = asyncio.create_task(longest_wait(client))
        refused = await client.post("/api/models/inference", content=body, headers=JSON)
        longest.cancel()
    assert (refused.status_code, "too long for this model" in refused.text) == (400, True)
    assert await longest < LONGEST_WAIT_SECONDS


async def longest_wait(client: httpx.AsyncClient) -> float:
    waits = [0.0]
    try:
        while True:
            began = time.monotonic()
            await client.get("/api/inference")
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return max(waits)

"""Talking with a worker that stays: many calls at once, streamed, given up, and cut off. With the real workers."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from backend.errors import AppError, WorkerFailed
from backend.inference.messages import Answer
from backend.inference.schemas import Message, Sampling
from backend.resident_worker import Call, Content, Event, ResidentWorker, Result
from tests.tiny_models import CONFIGS, make_model

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("resident worker")]

INSPECTOR = "backend.workers.inspector"
INFERENCE = "backend.workers.infer"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    untied = {"tie_word_embeddings": False, "max_position_embeddings": 100_000}
    return make_model(tmp_path_factory.mktemp("models") / "model", CONFIGS["qwen2"] | untied)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ResidentWorker]:
    worker = ResidentWorker(INFERENCE, tmp_path_factory.mktemp("logs") / "log")
    yield worker
    await worker.close()


def question(model: Path, max_tokens: int) -> dict[str, Any]:
    sampling = Sampling(max_tokens=max_tokens, temperature=0)
    messages = [Message(role="user", content="Hello")]
    return Answer(model_folder=model, adapter=None, messages=messages, sampling=sampling).model_dump(mode="json")


async def replies(call: Call) -> list[Event | Result]:
    return [reply async for reply in call]


async def rows(worker: ResidentWorker) -> int:
    return int((await worker.call("resident", {}))["rows"])


async def test_a_worker_answers_refuses_dies_and_answers_again(tmp_path: Path) -> None:
    worker = ResidentWorker(INSPECTOR, tmp_path / "log")
    missing = {"folder": str(tmp_path / "nowhere")}
    with pytest.raises(AppError, match="no folder"):
        await worker.call("profile", missing)
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    waiting = asyncio.create_task(worker.call("profile", missing))
    await asyncio.sleep(0.1)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(WorkerFailed, match="killed from outside"):
        await waiting
    assert not worker.is_alive
    assert "killed from outside" in (worker.last_end or "")
    with pytest.raises(AppError, match="no folder"):
        await worker.call("profile", missing)
    second = worker.pid
    assert second != first
    assert worker.last_end is None
    await worker.close()
    assert not psutil.pid_exists(second or 0)


async def test_a_caller_that_gives_up_does_not_disturb_the_next(tmp_path: Path) -> None:
    worker = ResidentWorker(INSPECTOR, tmp_path / "log")
    missing = {"folder": str(tmp_path / "nowhere")}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(worker.call("profile", missing), 0.05)
    answers = await asyncio.gather(*(worker.call("profile", missing) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, AppError) and "no folder" in answer.detail for answer in answers)
    await worker.close()


async def test_a_stream_gives_events_and_then_the_result(model: Path, worker: ResidentWorker) -> None:
    ended: list[str] = []
    async with worker.stream("answer", question(model, 12), ended=lambda: ended.append("now")) as call:
        *events, last = await replies(call)
        assert ended == ["now"]
    started, *texts = [event.content for event in events if isinstance(event, Event)]
    assert isinstance(last, Result)
    assert started["type"] == "started"
    assert "".join(text["text"] for text in texts) == last.content["text"]
    assert last.content["generated_tokens"] == 12
    assert ended == ["now"]


async def test_calls_at_once_get_their_own_replies(model: Path, worker: ResidentWorker) -> None:

    async def answer(max_tokens: int) -> int:
        async with worker.stream("answer", question(model, max_tokens)) as call:
            return int((await replies(call))[-1].content["generated_tokens"])

    assert await asyncio.gather(*map(answer, range(1, 40))) == list(range(1, 40))


async def test_leaving_a_stream_cancels_it_and_waits_for_nothing(model: Path, worker: ResidentWorker) -> None:
    async with worker.stream("answer", question(model, 30_000)) as call:
        async for reply in call:
            if reply.content.get("type") == "text":
                break
        assert await rows(worker) == 1
        left = time.monotonic()
    assert time.monotonic() - left < 0.1
    assert await rows(worker) == 0


async def test_a_cancelled_stream_still_gives_its_result(model: Path, worker: ResidentWorker) -> None:
    async with worker.stream("answer", question(model, 30_000)) as call:
        seen = []
        async for reply in call:
            seen.append(reply)
            if len(seen) == 5:
                call.cancel()
    assert isinstance(seen[-1], Result)
    assert seen[-1].content["finish_reason"] == "cancelled"
    assert seen[-1].content["text"] == "".join(reply.content["text"] for reply in seen[1:-1])


async def test_events_that_nobody_takes_become_one(model: Path, worker: ResidentWorker) -> None:
    def join(earlier: Content, later: Content) -> Content | None:
        return {**later, "text": earlier["text"] + later["text"]} if earlier["type"] == later["type"] else None

    ended = asyncio.Event()
    async with worker.stream("answer", question(model, 60), join=join, ended=ended.set) as call:
        await ended.wait()
        started, text, result = await replies(call)
    assert (started.content["type"], text.content["text"]) == ("started", result.content["text"])


async def test_closing_tells_whoever_waits_why(model: Path, worker: ResidentWorker) -> None:
    async with worker.stream("answer", question(model, 30_000)) as streaming:
        calls = [
            asyncio.create_task(replies(streaming)),
            asyncio.create_task(worker.call("answer", question(model, 30_000))),
        ]
        await asyncio.sleep(0.2)
        pid = worker.pid
        await worker.close("Somebody else needs the room.")
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(answer, "detail", None) for answer in answers] == ["Somebody else needs the room."] * 2
    assert not psutil.pid_exists(pid or 0)

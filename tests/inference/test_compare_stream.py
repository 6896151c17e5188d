"""Several columns answer one prompt as one stream: in one batch, each by itself, and whatever happens on the way."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.inference import streaming
from backend.inference.schemas import CompareRequest, column_events
from backend.main import create_app
from backend.settings import REPOSITORY, Settings
from tests.inference.conftest import Studio, comparison, event_of, serving, worker
from tests.scripts.servers import RunningServer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference compare")]

JSON = {"Content-Type": "application/json"}
ENDLESS: dict[str, Any] = {"model_name": "endless", "max_tokens": 32768}


async def read(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if (event := event_of(line)) is not None:
            yield event


def of_column(events: list[dict[str, Any]], column: int) -> list[dict[str, Any]]:
    return [event for event in events if event["column"] == column]


async def rows_are_free(studio: Studio) -> None:
    """The worker computes nothing any more, and answers the next."""
    assert (await studio.ask("endless", max_tokens=4))["generated_tokens"] == 4
    status = await studio.status()
    assert (status["state"], status["rows"], status["waiting"]) == ("idle", 0, 0)
    resident = worker()
    assert resident is not None
    before = resident.cpu_times().user
    await asyncio.sleep(1)
    assert resident.cpu_times().user - before < 0.05


async def test_every_column_streams_what_it_answers_alone(studio: Studio) -> None:
    names = [None, "one", "two", "before"]
    events = await studio.compare(*names)
    for column, name in enumerate(names):
        started, *texts, finished = of_column(events, column)
        alone = await studio.ask(adapter_name=name)
        assert (started["type"], {text["type"] for text in texts}, finished["type"]) == (
            "started",
            {"text"},
            "finished",
        )
        assert finished["answer"]["response"] == "".join(text["text"] for text in texts) == alone["response"]
        assert started["adapter_details"] == finished["answer"]["adapter_details"] == alone["adapter_details"]
        assert started["prompt_tokens"] == finished["answer"]["prompt_tokens"] == alone["prompt_tokens"]
    assert len({started["answer_id"] for started in events if started["type"] == "started"}) == len(names)


async def test_every_event_is_one_of_the_schema(studio: Studio) -> None:
    for event in await studio.compare(None, "one", "won"):
        assert column_events.validate_python(event).model_dump(mode="json") == event


async def test_columns_are_answered_together(studio: Studio) -> None:
    types = [event["type"] for event in await studio.compare(None, "one", "two", max_tokens=60)]
    assert types.index("finished") > max(place for place, kind in enumerate(types) if kind == "started")


async def test_a_column_that_cannot_answer_fails_alone(studio: Studio) -> None:
    studio.adapter("of-other", base="other")
    events = await studio.compare("won", "one", "of-other")
    (unknown,), (foreign,) = of_column(events, 0), of_column(events, 2)
    assert (unknown["type"], unknown["code"]) == ("failed", "adapter_not_found")
    assert "There is no adapter named 'won'" in unknown["detail"]
    assert (foreign["type"], foreign["code"]) == ("failed", "other_base")
    assert "other, not on tiny" in foreign["detail"]
    assert of_column(events, 1)[-1]["answer"]["response"] == await studio.text("one")


async def test_a_scale_that_no_number_can_hold_fails_its_column_and_spoils_no_other(studio: Studio) -> None:
    columns: list[dict[str, Any]] = [{"adapter_name": "one", "adapter_scale": 1e39}, {"adapter_name": "one"}, {}]
    events = await studio.compare(columns=columns)
    assert "multiplier 1e+39" in of_column(events, 0)[-1]["detail"]
    for column, name in ((1, "one"), (2, None)):
        assert of_column(events, column)[-1]["answer"]["response"] == await studio.text(name)


async def test_a_scale_without_an_adapter_fails_its_column(studio: Studio) -> None:
    events = await studio.compare(columns=[{"adapter_scale": 1.0}, {}])
    assert "name the adapter" in of_column(events, 0)[0]["detail"]
    assert of_column(events, 1)[-1]["type"] == "finished"


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"model_name": "tinny"}, 404, "There is no model 'tinny'"),
        ({"prompt": " "}, 400, "The prompt is empty"),
        ({"columns": []}, 422, "columns"),
        ({"columns": [{}] * 9}, 422, "columns"),
        ({"columns": [{"adaptor_name": "one"}]}, 422, "adaptor_name"),
        ({"columns": [{"adapter_name": "\ud800"}]}, 400, "half a character"),
        ({"columns": [{"history": [{"role": "system", "content": "Be brief."}]}]}, 400, "use system_prompt"),
    ],
)
async def test_what_is_wrong_with_every_column_is_an_error_and_no_stream(
    wrong: dict[str, Any], status: int, words: str, studio: Studio
) -> None:
    answer = await studio.client.post(
        "/api/models/compare", content=json.dumps(comparison(None, **wrong)), headers=JSON
    )
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert words in answer.json()["detail"]


async def test_every_column_goes_on_from_its_own_conversation(studio: Studio) -> None:
    histories = [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": said}] for said in ("A", "Bees")]
    events = await studio.compare(columns=[{"history": history} for history in histories])
    for column, history in enumerate(histories):
        assert of_column(events, column)[-1]["answer"]["response"] == await studio.text(history=history)


async def test_closing_the_connection_frees_every_row(studio: Studio) -> None:
    async with serving(studio.app) as client:
        body = comparison(None, None, **ENDLESS)
        async with client.stream("POST", "/api/models/compare", json=body) as answer:
            events = read(answer)
            started = [await anext(events) for _ in range(6)]
            assert {event["column"] for event in started} == {0, 1}
            assert (await studio.status())["rows"] == 2
        await rows_are_free(studio)


async def test_one_column_is_cancelled_with_its_text_so_far_and_the_other_goes_on(studio: Studio) -> None:
    async with serving(studio.app) as client:
        body = comparison(None, None, **ENDLESS)
        async with client.stream("POST", "/api/models/compare", json=body) as answer:
            stream = read(answer)
            events: list[dict[str, Any]] = []
            while not events or events[-1]["type"] != "finished":
                events.append(await anext(stream))
                if len(of_column(events, 0)) == 5:
                    await client.delete(f"/api/inference/answers/{of_column(events, 0)[0]['answer_id']}")
            texts = "".join(event.get("text", "") for event in of_column(events, 0))
            assert events[-1]["column"] == 0
            cancelled = events[-1]["answer"]
            assert (cancelled["finish_reason"], cancelled["response"]) == ("cancelled", texts)
            assert len(texts) > 0
            assert (await anext(stream))["column"] == 1
    await rows_are_free(studio)


async def test_cancelling_what_is_complete_or_never_was_changes_nothing(studio: Studio) -> None:
    started = (await studio.compare(None))[0]
    for answer_id in (started["answer_id"], "nobody"):
        assert (await studio.client.delete(f"/api/inference/answers/{answer_id}")).status_code == 204


async def test_a_killed_worker_fails_every_column_in_words_and_the_next_comparison_works(studio: Studio) -> None:
    async with serving(studio.app) as client:
        body = comparison(None, None, **ENDLESS)
        async with client.stream("POST", "/api/models/compare", json=body) as answer:
            events = read(answer)
            for _ in range(4):
                await anext(events)
            resident = worker()
            assert resident is not None
            resident.kill()
            failed = [event async for event in events if event["type"] != "text"]
    assert sorted(event["column"] for event in failed) == [0, 1]
    for event in failed:
        assert (event["type"], event["code"]) == ("failed", "worker_failed")
        assert "The worker was killed from outside (SIGKILL)" in event["detail"]
    assert of_column(await studio.compare("one"), 0)[-1]["answer"]["response"] == await studio.text("one")


async def test_who_reads_slowly_gets_longer_pieces_of_the_same_text(studio: Studio) -> None:
    request = CompareRequest.model_validate(comparison(None, "one", max_tokens=120))
    lines = await studio.manager.compare(request)
    events = [event_of(await anext(lines))]
    while (await studio.status())["state"] != "idle":
        await asyncio.sleep(0.05)
    events += [event_of(line) async for line in lines]
    for column, name in enumerate([None, "one"]):
        *others, finished = of_column([event for event in events if event is not None], column)
        texts = [event["text"] for event in others if event["type"] == "text"]
        assert len(texts) < 20
        assert "".join(texts) == finished["answer"]["response"] == await studio.text(name, max_tokens=120)


async def test_a_comment_keeps_the_connection_alive_while_the_model_loads(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await studio.manager.unload("a test begins")
    monkeypatch.setattr(streaming, "KEEP_ALIVE_SECONDS", 0.05)
    answer = await studio.post(comparison(None), "/api/models/compare")
    first, *rest = answer.text.split("\n\n")
    assert first == ": waiting"
    assert json.loads(rest[-2].removeprefix("data: "))["type"] == "finished"


async def test_the_server_streams_to_its_own_pages_only(home: Settings) -> None:
    guarded = home.model_copy(update={"token": "open-sesame"})
    async with serving(create_app(guarded), headers={"Authorization": "Bearer open-sesame"}) as client:
        body = comparison(None)
        refused = await client.post("/api/models/compare", json=body, headers={"Authorization": ""})
        foreign = await client.post("/api/models/compare", json=body, headers={"Origin": "http://elsewhere"})
        answer = await client.post("/api/models/compare", json=body)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert event_of(answer.text.strip().splitlines()[-1])["type"] == "finished"  # type: ignore[index]


async def test_ending_the_server_ends_a_stream_with_a_sentence_and_no_stack_trace(
    home: Settings, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "backend", "--no-browser", "--port", "0", "--home", str(home.home)]
    server = RunningServer(command, tmp_path / "output", folder=REPOSITORY)
    try:
        address = f"{await asyncio.to_thread(server.address)}/api/models/compare"
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("POST", address, json=comparison(None, None, **ENDLESS)) as answer,
        ):
            events = read(answer)
            while (await anext(events))["type"] != "text":
                pass
            server.process.send_signal(signal.SIGINT)
            ends = [(event["type"], event["detail"]) async for event in events if event["type"] == "failed"]
        assert ends == [("failed", "The answer was interrupted, because the program ends.")] * 2
        await asyncio.to_thread(server.process.wait, 30)
        assert "Traceback" not in server.output
    finally:
        server.end()

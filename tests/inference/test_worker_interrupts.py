"""What the worker process does when somebody gives up, or goes away, at any moment."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from tests.inference.worker_process import Call, Worker, answer_params
from tests.tiny_adapters import make_adapter, read_weights
from tests.tiny_models import CONFIGS, make_model

ENDLESS = {**CONFIGS["qwen2"], "num_hidden_layers": 4, "max_position_embeddings": 1_000_000}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("home") / "endless", ENDLESS)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


def resident(worker: Worker) -> dict[str, Any]:
    return worker.call("resident").result()


def endless(worker: Worker, base: Path, **settings: Any) -> Call:
    call = worker.ask(base, max_tokens=30_000, **settings)
    assert call.next_event()["type"] == "started"
    return call


def test_a_row_cancelled_in_decoding_answers_what_it_had(worker: Worker, base: Path) -> None:
    call = endless(worker, base)
    for _ in range(3):
        call.next_event()
    worker.cancel(call)
    answer = call.result()
    assert (answer["finish_reason"], 0 < answer["generated_tokens"] < 30_000) == ("cancelled", True)
    assert answer["text"] == "".join(event["text"] for event in call.events[1:])
    assert (resident(worker)["rows"], resident(worker)["waiting"]) == (0, 0)


def test_a_row_cancelled_in_prefill_has_said_nothing(worker: Worker, base: Path) -> None:
    call = worker.ask(base, prompt="long " * 8000, max_tokens=5)
    assert call.next_event()["prompt_tokens"] > 40_000
    worker.cancel(call)
    answer = call.result()
    assert (answer["finish_reason"], answer["generated_tokens"], answer["first_token_seconds"]) == (
        "cancelled",
        0,
        None,
    )
    assert resident(worker)["rows"] == 0


def test_a_long_prompt_does_not_hold_up_who_is_in_decoding(worker: Worker, base: Path) -> None:
    call = endless(worker, base)
    long = worker.ask(base, prompt="words " * 600, max_tokens=1)
    long.next_event()
    seen = len(call.events)
    while long.lines.empty():
        call.next_event()
    assert len(call.events) - seen >= 3600 // 512
    worker.cancel(call)
    assert (long.result()["finish_reason"], call.result()["finish_reason"]) == ("length", "cancelled")


def test_what_waits_can_be_cancelled(worker: Worker, base: Path, tmp_path: Path) -> None:
    call = endless(worker, base)
    other = make_model(tmp_path / "other", ENDLESS, seed=3)
    waiting, loading = worker.ask(other), worker.call("load", model_folder=str(other))
    now = resident(worker)
    assert (now["rows"], now["waiting"]) == (1, 2)
    worker.cancel(waiting)
    assert (waiting.result()["finish_reason"], waiting.events) == ("cancelled", [])
    worker.cancel(loading)
    assert loading.error()["code"] == "cancelled"
    worker.cancel(call)
    assert call.result()["finish_reason"] == "cancelled"


def test_to_cancel_what_is_done_or_unknown_does_nothing(worker: Worker, base: Path) -> None:
    call = worker.ask(base, max_tokens=2)
    call.result()
    worker.send({"cancel": call.id}, {"cancel": 10**6})
    assert worker.ask(base, max_tokens=2).result()["finish_reason"] == "length"


@pytest.mark.parametrize("moment", ["idle", "loading", "prefill", "decoding"])
def test_closing_stdin_ends_the_worker_at_once(moment: str, base: Path) -> None:
    worker = Worker()
    worker.call("resident").result()
    match moment:
        case "loading":
            worker.call("load", model_folder=str(base))
        case "prefill":
            worker.ask(base, prompt="long " * 8000).next_event()
        case "decoding":
            endless(worker, base).next_event()
    assert worker.process.stdin is not None
    worker.process.stdin.close()
    started = time.monotonic()
    assert worker.process.wait(10) == 0
    assert time.monotonic() - started < 2


def test_nan_fails_its_row_in_words_and_no_other(worker: Worker, base: Path, tmp_path: Path) -> None:
    """The factors are finite, their product is not."""
    broken = make_adapter(tmp_path / "broken", base)
    file = broken / "adapters.safetensors"
    mx.save_safetensors(str(file), {name: tensor * 1e30 for name, tensor in read_weights(file).items()})
    expected = worker.ask(base, max_tokens=40).result()["text"]
    sound, failing = worker.ask_together(answer_params(base, max_tokens=40), answer_params(base, broken))
    assert failing.error()["code"] == "nan"
    assert sound.result()["text"] == expected


def test_what_is_no_request_is_an_error_and_the_worker_goes_on(worker: Worker, base: Path) -> None:
    assert worker.call("dance").error()["code"] == "worker_failed"
    assert worker.call("answer").error()["code"] == "worker_failed"
    assert worker.ask(base, max_tokens=2).result()["generated_tokens"] == 2

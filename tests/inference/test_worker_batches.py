"""What the worker process answers to many at once is what it answers to each alone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.inference.worker_process import Worker, answer_params
from tests.tiny_adapters import make_adapter
from tests.tiny_models import CONFIGS, make_model

TINY = {**CONFIGS["qwen2"], "num_hidden_layers": 4, "tie_word_embeddings": False}
PROMPTS = [
    "Hello there",
    "x",
    "A much longer question, of many words, than any other one.",
    "Why?",
    "",
    "7 * 6",
    "n" * 90,
]


class Home:
    """A base, eight LoRA adapters, one of DoRA and one of full fine-tuning, and a worker."""

    def __init__(self, folder: Path, worker: Worker) -> None:
        self.folder = folder
        self.worker = worker
        self.base = make_model(folder / "base", TINY)
        self.adapters = [make_adapter(folder / str(seed), self.base, seed=seed, rank=seed) for seed in range(1, 9)]
        self.dora = make_adapter(folder / "dora", self.base, seed=11, method="dora")
        self.full = make_adapter(folder / "full", self.base, seed=12, method="full")

    def together(self, *asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Answered in one batch by a base that remembers no prompt: its files look new, so it is loaded again."""
        for folder in {params["model_folder"] for params in asked}:
            os.utime(Path(folder) / "config.json")
        return [call.result() for call in self.worker.ask_together(*asked)]

    def text(self, adapter: Path | None = None, **settings: Any) -> str:
        return str(self.worker.ask(self.base, adapter, **settings).result()["text"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Worker() as worker:
        yield Home(tmp_path_factory.mktemp("home"), worker)


@pytest.mark.parametrize("rows", [1, 2, 4, 8])
def test_rows_of_a_batch_answer_as_each_alone(rows: int, home: Home) -> None:
    adapters = [None, *home.adapters[:7]][:rows]
    asked = [
        answer_params(home.base, adapter, prompt, max_tokens=10 + 5 * number)
        for number, (adapter, prompt) in enumerate(zip(adapters, [*PROMPTS, "8"], strict=False))
    ]
    alone = [home.worker.call("answer", **params).result() for params in asked]
    together = home.together(*asked)
    assert [answer["text"] for answer in together] == [answer["text"] for answer in alone]
    assert [answer["generated_tokens"] for answer in together] == [10 + 5 * number for number in range(rows)]
    assert {answer["cached_tokens"] for answer in together} == {0}


def test_rows_that_join_and_leave_in_the_middle_change_no_other(home: Home) -> None:
    asked = [answer_params(home.base, adapter, "Join in", max_tokens=120) for adapter in home.adapters[:7]]
    alone = [home.worker.call("answer", **params).result()["text"] for params in asked]
    calls = []
    for params in asked:
        calls.append(home.worker.call("answer", **params))
        for _ in range(3):
            calls[-1].next_event()
    for call in calls[1::2]:
        home.worker.cancel(call)
    answers = [call.result() for call in calls]
    assert [answer["finish_reason"] for answer in answers[1::2]] == ["cancelled"] * 3
    cut_off = zip(alone[1::2], answers[1::2], strict=True)
    assert all(whole.startswith(answer["text"]) for whole, answer in cut_off)
    assert [answer["text"] for answer in answers[::2]] == alone[::2]


def test_switching_back_gives_the_same_answers(home: Home) -> None:
    order = [None, home.adapters[0], home.dora, home.full, home.adapters[1], home.dora, None, home.full]
    texts = [home.text(adapter) for adapter in order]
    assert len({*texts}) == 5
    assert [home.text(adapter) for adapter in order] == texts


def test_what_was_streamed_is_the_answer(home: Home) -> None:
    call = home.worker.ask(home.base, home.adapters[0], max_tokens=60)
    answer = call.result()
    started, *pieces = call.events
    assert "".join(piece["text"] for piece in pieces) == answer["text"]
    assert started == {
        "type": "started",
        **{name: answer[name] for name in ("prompt_tokens", "cached_tokens", "chat_template_used", "notes")},
    }
    assert 0 < answer["first_token_seconds"] <= answer["seconds"]


def test_forty_requests_at_once_are_all_right(home: Home) -> None:
    adapters = [None, *home.adapters, home.dora]
    asked = [answer_params(home.base, adapter, f"Question {number % 2}") for number in range(4) for adapter in adapters]
    alone = {json_key(params): home.worker.call("answer", **params).result()["text"] for params in asked[:20]}
    assert [answer["text"] for answer in home.together(*asked)] == [alone[json_key(params)] for params in asked]


def json_key(params: dict[str, Any]) -> str:
    return repr(params)


def test_a_seed_gives_the_same_text_whatever_else_is_answered(home: Home) -> None:
    hot: dict[str, Any] = {"temperature": 1.5, "max_tokens": 40}
    alone = home.text(home.adapters[0], seed=5, **hot)
    others = [answer_params(home.base, adapter, **hot) for adapter in home.adapters[1:5]]
    seeded = answer_params(home.base, home.adapters[0], seed=5, **hot)
    calls = home.worker.ask_together(*others[:2], seeded, *others[2:])
    assert calls[2].result()["text"] == alone
    assert home.text(home.adapters[0], seed=6, **hot) != alone


def test_adapters_that_cannot_share_a_batch_say_so(home: Home) -> None:
    notes = [home.worker.ask(home.base, adapter).result()["notes"] for adapter in (home.dora, home.adapters[0])]
    assert notes[0][0].startswith("DoRA adapters answer one after another")
    assert notes[1] == []
    assert home.worker.ask(home.base, home.full, scale=None).result()["notes"][0].startswith("Adapters of full fine-")


def test_a_broken_adapter_fails_its_own_request_only(home: Home) -> None:
    broken = make_adapter(home.folder / "broken", make_model(home.folder / "wide", {**TINY, "hidden_size": 128}))
    expected = home.text(home.adapters[0])
    first, failing, last = home.worker.ask_together(
        *[answer_params(home.base, adapter) for adapter in (home.adapters[0], broken, home.adapters[0])]
    )
    assert "does not fit the base model" in failing.error()["detail"]
    assert [first.result()["text"], last.result()["text"]] == [expected, expected]


UNUSUAL = ["llama4", "mamba2", "qwen3_next", "gemma3_text", "deepseek_v3", "gpt_oss", "rwkv7", "lfm2"]


@pytest.mark.parametrize("kind", UNUSUAL)
def test_every_kind_of_cache_answers_several_at_once_as_each_alone(kind: str, home: Home) -> None:
    base = make_model(home.folder / kind, CONFIGS[kind])
    asked = [answer_params(base, prompt=prompt, repetition_penalty=1.3) for prompt in PROMPTS]
    alone = [home.worker.call("answer", **params).result() for params in asked]
    together = home.together(*asked)
    assert [answer["text"] for answer in together] == [answer["text"] for answer in alone]
    assert [answer["generated_tokens"] for answer in together] == [answer["generated_tokens"] for answer in alone]

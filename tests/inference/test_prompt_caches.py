"""Prompt caches: the rest of a prompt after them gives what the whole gives, and nobody finds another's."""

import os
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx_lm.models.cache import make_prompt_cache

from backend.workers.inference.prompt_caches import PromptCaches
from tests.inference.worker_process import Worker, answer_params
from tests.tiny_adapters import make_adapter
from tests.tiny_models import CONFIGS, make_model, random_model

TOKENS = [(7 * number * number + 3) % 251 for number in range(60)]


def computed(model: nn.Module, tokens: list[int]) -> list[Any]:
    cache: list[Any] = make_prompt_cache(model)
    model(mx.array([tokens]), cache=cache)
    return cache


def logits(model: nn.Module, tokens: list[int], cache: list[Any]) -> mx.array:
    return cast(mx.array, model(mx.array([tokens]), cache=cache)[0, -1])


def covered(caches: PromptCaches, tokens: list[int], weights: Hashable = "base") -> int:
    return caches.find(weights, tokens)[1]


@pytest.mark.parametrize("kind", ["qwen2", "gemma3_text", "qwen3_next", "mamba2", "deepseek_v3", "llama4"])
def test_what_continues_from_a_cache_is_what_the_whole_prompt_gives(kind: str) -> None:
    model = random_model(CONFIGS[kind])
    caches = PromptCaches()
    caches.keep("base", TOKENS[:40], computed(model, TOKENS[:40]))
    for _ in range(2):  # what is found is a copy
        found, cached = caches.find("base", TOKENS)
        assert found is not None and cached == 40
        whole = logits(model, TOKENS, make_prompt_cache(model))
        assert mx.allclose(logits(model, TOKENS[40:], found), whole, atol=1e-4)


def test_a_cache_that_can_be_trimmed_serves_a_prompt_that_parts_from_it() -> None:
    model = random_model(CONFIGS["qwen2"])
    caches = PromptCaches()
    caches.keep("base", TOKENS[:40], computed(model, TOKENS[:40]))
    parting = [*TOKENS[:25], 7, 7, 7]
    found, cached = caches.find("base", parting)
    assert found is not None and cached == 25
    assert mx.allclose(logits(model, parting[25:], found), logits(model, parting, make_prompt_cache(model)), atol=1e-4)


@pytest.mark.parametrize("kind", ["qwen3_next", "mamba2", "rwkv7"])
def test_a_recurrent_cache_serves_only_what_continues_it(kind: str) -> None:
    model = random_model(CONFIGS[kind])
    caches = PromptCaches()
    caches.keep("base", TOKENS[:40], computed(model, TOKENS[:40]))
    prompts = [TOKENS[:41], [*TOKENS[:39], 7, 7], TOKENS[:40], TOKENS[:30]]
    assert [covered(caches, prompt) for prompt in prompts] == [40, 0, 0, 0]


def test_a_rotating_cache_that_has_forgotten_serves_only_what_continues_it() -> None:
    model = random_model({**CONFIGS["gemma3_text"], "sliding_window": 16})
    caches = PromptCaches()
    caches.keep("base", TOKENS[:40], computed(model, TOKENS[:40]))
    assert [covered(caches, prompt) for prompt in (TOKENS[:41], TOKENS[:30])] == [40, 0]


def test_one_token_is_always_left_to_compute() -> None:
    caches = PromptCaches()
    caches.keep("base", TOKENS, computed(random_model(CONFIGS["qwen2"]), TOKENS))
    assert [covered(caches, prompt) for prompt in (TOKENS, TOKENS[:20], TOKENS[:1])] == [59, 19, 0]


def test_nobody_finds_the_cache_of_other_weights() -> None:
    model = random_model(CONFIGS["qwen2"])
    caches = PromptCaches()
    caches.keep(("hash", 1.0), TOKENS[:40], computed(model, TOKENS[:40]))
    others: list[Hashable] = ["base", ("hash", 2.0), ("other", 1.0)]
    assert [covered(caches, TOKENS, weights) for weights in others] == [0, 0, 0]
    assert covered(caches, TOKENS, ("hash", 1.0)) == 40


def test_a_longer_conversation_takes_the_place_of_its_beginning() -> None:
    model = random_model(CONFIGS["qwen2"])
    caches = PromptCaches()
    for length in (10, 20, 30):
        caches.keep("base", TOKENS[:length], computed(model, TOKENS[:length]))
    assert len(caches) == 1
    caches.keep("other", TOKENS[:10], computed(model, TOKENS[:10]))
    assert len(caches) == 2


def test_the_ones_used_last_are_kept() -> None:
    model = random_model(CONFIGS["qwen2"])
    prompts = [[number] * 20 for number in range(4)]
    size_bytes = sum(cache.nbytes for cache in computed(model, prompts[0]))
    for caches in (PromptCaches(entries=2), PromptCaches(limit_bytes=2 * size_bytes)):
        for prompt in (prompts[0], prompts[1]):
            caches.keep("base", prompt, computed(model, prompt))
        covered(caches, prompts[0])
        caches.keep("base", prompts[2], computed(model, prompts[2]))
        assert [covered(caches, prompt) for prompt in prompts] == [19, 0, 19, 0]
        assert caches.size_bytes == 2 * size_bytes
    none = PromptCaches(limit_bytes=size_bytes - 1)
    none.keep("base", prompts[0], computed(model, prompts[0]))
    assert len(none) == 0


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.mark.parametrize("kind", ["qwen2", "llama4"])
def test_the_next_turn_of_a_conversation_computes_only_what_is_new(kind: str, worker: Worker, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", CONFIGS[kind])
    adapter = make_adapter(tmp_path / "one", base, keys=None)
    turns: list[dict[str, str]] = []
    computed_before = 0
    for prompt in ("Hello there", "And then?", "Why?"):
        turns.append({"role": "user", "content": prompt})
        answer = worker.ask(base, adapter, messages=turns).result()
        assert answer["cached_tokens"] >= computed_before
        computed_before = answer["prompt_tokens"]
        turns.append({"role": "assistant", "content": "Because."})
    os.utime(base / "config.json")  # looks like another base, so that nothing is remembered
    afresh = worker.ask(base, adapter, messages=turns[:-1]).result()
    assert (afresh["cached_tokens"], afresh["text"]) == (0, answer["text"])


FORGETFUL = {"window": {**CONFIGS["gemma3_text"], "sliding_window": 16}, "recurrent": CONFIGS["qwen3_next"]}


@pytest.mark.parametrize("kind", FORGETFUL)
def test_what_a_batch_leaves_behind_can_be_continued_exactly(kind: str, worker: Worker, tmp_path: Path) -> None:
    """Of several first words only those are continued whose next token is a letter, for other bytes are no text."""
    base = make_model(tmp_path / "base", FORGETFUL[kind])
    beginnings = [f"{number:02} A beginning of some length" for number in range(12)]
    begun = worker.ask_together(*[answer_params(base, plain=plain, max_tokens=1) for plain in beginnings])
    words = [(plain, call.result()["text"]) for plain, call in zip(beginnings, begun, strict=True)]
    continued = [plain + word + ", and more" for plain, word in words if word.isascii() and word.strip()]
    assert continued
    remembered = [worker.ask(base, plain=plain).result() for plain in continued]
    assert {answer["cached_tokens"] for answer in remembered} == {len(beginnings[0]) + 1}
    os.utime(base / "config.json")  # looks like another base, so that nothing is remembered
    afresh = [worker.ask(base, plain=plain).result() for plain in continued]
    assert [answer["text"] for answer in afresh] == [answer["text"] for answer in remembered]


def test_two_adapters_and_the_base_that_are_asked_the_same_never_share_a_cache(worker: Worker, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    one, two = [make_adapter(tmp_path / str(seed), base, seed=seed) for seed in (1, 2)]
    weights: list[tuple[Path | None, float]] = [(None, 1.0), (one, 1.0), (two, 1.0), (one, 2.0)]
    first = [worker.ask(base, adapter, scale=scale).result() for adapter, scale in weights]
    again = [worker.ask(base, adapter, scale=scale).result() for adapter, scale in reversed(weights)][::-1]
    assert [answer["cached_tokens"] for answer in first] == [0] * 4
    assert [answer["cached_tokens"] for answer in again] == [answer["prompt_tokens"] - 1 for answer in first]
    assert [answer["text"] for answer in again] == [answer["text"] for answer in first]
    assert len({answer["text"] for answer in first}) == 4

"""Sampling of one row: what mlx-lm's own samplers keep, drawn with a key that no other row touches."""

from typing import Any, cast

import mlx.core as mx
import pytest
from mlx_lm.sample_utils import apply_min_p, apply_top_k, apply_top_p, greedy_sampler

from backend.inference.schemas import Sampling
from backend.workers.inference.sampling import keep_likely, make_row_processors, make_row_sampler

VOCABULARY = 500


def logprobs(seed: int = 0, spread: float = 3.0) -> mx.array:
    logits = spread * mx.random.normal((1, VOCABULARY), key=mx.random.key(seed))
    return logits - mx.logsumexp(logits, axis=-1, keepdims=True)


def sampling(**settings: Any) -> Sampling:
    return Sampling(**{"temperature": 1, "top_p": 1, "min_p": 0, "top_k": 0, **settings})


def kept(values: mx.array) -> set[int]:
    finite = cast(list[bool], mx.isfinite(values[0]).tolist())
    return {token for token, is_finite in enumerate(finite) if is_finite}


@pytest.mark.parametrize("spread", [0.5, 3.0, 30.0])
@pytest.mark.parametrize("top_k", [0, 1, 7, 499])
@pytest.mark.parametrize("min_p", [0, 0.05, 1])
@pytest.mark.parametrize("top_p", [0.01, 0.5, 0.9, 1])
def test_the_tokens_kept_are_those_that_each_cut_of_mlx_lm_keeps(
    top_p: float, min_p: float, top_k: int, spread: float
) -> None:
    values = logprobs(spread=spread)
    expected = kept(values)
    expected &= kept(apply_top_p(values, top_p)) if top_p < 1 else expected
    expected &= kept(apply_min_p(values, min_p)) if min_p else expected
    expected &= kept(apply_top_k(values, top_k)) if top_k else expected
    assert kept(keep_likely(values, sampling(top_p=top_p, min_p=min_p, top_k=top_k))) == expected


@pytest.mark.parametrize("top_k", [VOCABULARY, 10**9])
def test_a_top_k_beyond_the_vocabulary_cuts_nothing(top_k: int) -> None:
    assert keep_likely(logprobs(), sampling(top_k=top_k)).tolist() == logprobs().tolist()


def draws(seed: int | None, count: int = 30, temperature: float = 2.0) -> list[int]:
    sampler = make_row_sampler(sampling(seed=seed, temperature=temperature))
    return [int(sampler(logprobs(number)).item()) for number in range(count)]


def test_a_seed_draws_the_same_again_whatever_is_drawn_meanwhile() -> None:
    alone = draws(7)
    one, other = make_row_sampler(sampling(seed=7, temperature=2)), make_row_sampler(sampling(temperature=2))
    together = []
    for number in range(30):
        other(logprobs(number))
        together.append(int(one(logprobs(number)).item()))
        mx.random.normal((3,))
    assert together == alone != draws(8)


def test_without_a_seed_draws_differ() -> None:
    assert draws(None) != draws(None)


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    sampler = make_row_sampler(sampling(seed=1, temperature=0.5, top_k=3))
    values = mx.log(mx.array([[0.5, 0.25, 0.2, 0.05]]))
    counted = [0] * 4
    for _ in range(3000):
        counted[int(sampler(values).item())] += 1
    # Squared by the temperature: .25, .0625, .04.
    assert counted[3] == 0
    assert [round(count / 3000, 1) for count in counted[:3]] == [0.7, 0.2, 0.1]


@pytest.mark.parametrize("temperature", [0, 1e-5])
def test_without_temperature_the_likeliest_is_taken(temperature: float) -> None:
    assert make_row_sampler(sampling(temperature=temperature)) is greedy_sampler


def test_a_repetition_penalty_makes_what_was_said_less_likely() -> None:
    [penalise] = make_row_processors(sampling(repetition_penalty=2))
    assert penalise(mx.array([1, 2]), mx.array([[1.0, 1.0, -1.0]])).tolist() == [[1.0, 0.5, -2.0]]
    assert make_row_processors(sampling()) == []

"""Attention in chunks against MLX's own: the same outputs, the same gradients, far less memory."""

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx_lm.models.base import create_causal_mask

from backend.workers.training.engine import attention
from backend.workers.training.engine.attention import ChunkedAttention

ORIGINAL = mx.fast.scaled_dot_product_attention
LENGTH = 45
"""Not a multiple of the seven queries of a chunk."""


@pytest.fixture(autouse=True)
def seven_queries_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "SHORTEST", 16)
    monkeypatch.setattr(attention, "SCORES_BYTES", 7 * 4 * 2 * 4 * LENGTH)


MASKS: dict[str, Callable[[], Any]] = {
    "causal": lambda: "causal",
    "none": lambda: None,
    "bool": lambda: create_causal_mask(LENGTH),
    "window": lambda: create_causal_mask(LENGTH, window_size=9),
    "padding, every query alike": lambda: (mx.arange(LENGTH) < 40)[None, None, None],
    "of every row": lambda: create_causal_mask(LENGTH, left_padding=mx.array([0, 0])),
    "additive": lambda: mx.where(create_causal_mask(LENGTH), 0.0, -1e9) + 0.1 * mx.random.normal((4, LENGTH, LENGTH)),
}


def inputs(heads: int, key_heads: int, value_width: int = 8, dtype: mx.Dtype = mx.float32) -> list[mx.array]:
    mx.random.seed(5)
    shapes = [(2, heads, LENGTH, 8), (2, key_heads, LENGTH, 8), (2, key_heads, LENGTH, value_width)]
    return [mx.random.normal(shape).astype(dtype) for shape in shapes]


def forward_and_gradients(attend: Callable[..., mx.array], arrays: list[mx.array], **settings: Any) -> list[np.ndarray]:
    direction = mx.random.normal((*arrays[0].shape[:-1], arrays[2].shape[-1]), key=mx.random.key(1))

    def call(*arrays: mx.array) -> mx.array:
        q, k, v, *sinks = arrays
        return attend(q, k, v, scale=0.3, sinks=sinks[0] if sinks else None, **settings)

    outputs, slopes = mx.vjp(call, arrays, [direction.astype(arrays[0].dtype)])
    assert [slope.dtype for slope in slopes] == [array.dtype for array in arrays]
    return [np.array(array.astype(mx.float32)) for array in (*outputs, *slopes)]


def assert_same(ours: list[np.ndarray], theirs: list[np.ndarray], tolerance: float = 1e-5) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * np.abs(other).max())


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("sinks", [False, True], ids=["", "sinks"])
@pytest.mark.parametrize("key_heads", [1, 2, 4])
def test_outputs_and_gradients_are_the_original_ones(mask: Callable[[], Any], sinks: bool, key_heads: int) -> None:
    arrays = inputs(4, key_heads) + ([mx.random.normal((4,))] if sinks else [])
    chunked = ChunkedAttention(counted := Counted())
    made = mask()
    ours = forward_and_gradients(chunked, arrays, mask=made)
    assert counted.calls == 14  # seven chunks, forward and backward
    assert_same(ours, forward_and_gradients(ORIGINAL, arrays, mask=made))


class Counted:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> mx.array:
        self.calls += 1
        return ORIGINAL(*args, **kwargs)


def test_values_may_be_of_another_width_than_keys() -> None:
    arrays = inputs(4, 4, value_width=5)
    chunked = ChunkedAttention(ORIGINAL)
    assert_same(
        forward_and_gradients(chunked, arrays, mask="causal"), forward_and_gradients(ORIGINAL, arrays, mask="causal")
    )


def test_an_additive_mask_that_is_learned_gets_its_gradient() -> None:
    q, k, v = inputs(4, 2)
    for shape in [(4, LENGTH, LENGTH), (1, 1, 1, LENGTH)]:
        mask = mx.random.normal(shape)

        def summed(attend: Callable[..., mx.array], mask: mx.array) -> mx.array:
            return (attend(q, k, v, scale=0.3, mask=mask) * mx.arange(8)).sum()

        ours, theirs = (mx.grad(summed, argnums=1)(each, mask) for each in (ChunkedAttention(ORIGINAL), ORIGINAL))
        assert_same([np.array(ours)], [np.array(theirs)])


def test_bfloat16_stays_bfloat16() -> None:
    arrays = inputs(4, 2, dtype=mx.bfloat16)
    ours = forward_and_gradients(ChunkedAttention(ORIGINAL), arrays, mask="causal")
    assert_same(ours, forward_and_gradients(ORIGINAL, arrays, mask="causal"), 0.02)


def test_compiled_and_recomputed_it_gives_the_same_gradient() -> None:
    arrays = inputs(4, 2)
    chunked = ChunkedAttention(ORIGINAL)

    def summed(q: mx.array, k: mx.array, v: mx.array) -> mx.array:
        return (mx.checkpoint(lambda *each: chunked(*each, scale=0.3, mask="causal"))(q, k, v) * mx.arange(8)).sum()

    plain = mx.grad(lambda q, k, v: (ORIGINAL(q, k, v, scale=0.3, mask="causal") * mx.arange(8)).sum(), (0, 1, 2))
    ours = mx.compile(mx.grad(summed, (0, 1, 2)))(*arrays)
    assert_same([np.array(each) for each in ours], [np.array(each) for each in plain(*arrays)])


@pytest.mark.parametrize(("queries", "keys"), [(15, 15), (20, 45)], ids=["short", "with a cache"])
def test_what_is_short_or_has_a_cache_is_left_to_the_original(queries: int, keys: int) -> None:
    q, k, v = inputs(4, 2)
    chunked = ChunkedAttention(counted := Counted())
    ours = chunked(q[..., :queries, :], k[..., :keys, :], v[..., :keys, :], scale=0.3, mask="causal")
    assert counted.calls == 1
    expected = ORIGINAL(q[..., :queries, :], k[..., :keys, :], v[..., :keys, :], scale=0.3, mask="causal")
    assert mx.array_equal(ours, expected).item()


def test_it_is_installed_once_and_reaches_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mx.fast, "scaled_dot_product_attention", ORIGINAL)
    attention.install_chunked_attention()
    installed = mx.fast.scaled_dot_product_attention
    attention.install_chunked_attention()
    assert mx.fast.scaled_dot_product_attention is installed
    assert isinstance(installed, ChunkedAttention)

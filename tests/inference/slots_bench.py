"""Answers rows with adapters of their own, in one batch or each alone; greedy, by tokens and log-probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.generate import BatchGenerator, generate_step
from mlx_lm.models.cache import make_prompt_cache

from backend.workers.inference.adapter_files import Adapter, LowRank
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.inference.batched_layers import BASE
from backend.workers.inference.batching import prompts_at_once
from backend.workers.inference.slots import AdapterSlots

Step = tuple[int, mx.array]
"""A token, and the log-probabilities (vocabulary,) it was chosen from."""


@dataclass(frozen=True)
class Row:
    """What to answer, with an adapter times a scale or with the base."""

    prompt: list[int]
    adapter: LowRank | None = None
    scale: float = 1.0
    tokens: int = 6


class Together:
    """Rows in one batch, which may join and leave at any step."""

    def __init__(self, model: nn.Module, prompts: int | None = None) -> None:
        self.slots = AdapterSlots(model)
        self.generator = BatchGenerator(self.slots.model, prefill_batch_size=prompts or prompts_at_once(model))
        self.answers: dict[int, list[Step]] = {}
        self.seats: dict[int, int] = {}

    def join(self, rows: Sequence[Row]) -> list[int]:
        seats = [
            BASE if row.adapter is None else self.slots.place(row.adapter, row.scale, (id(row.adapter), row.scale))
            for row in rows
        ]
        uids: list[int] = self.generator.insert(
            [list(row.prompt) for row in rows],
            max_tokens=[row.tokens for row in rows],
            caches=[self.slots.cache(seat) for seat in seats],
        )
        self.seats.update(zip(uids, seats, strict=True))
        self.answers.update((uid, []) for uid in uids)
        return uids

    def cancel(self, uid: int) -> None:
        self.generator.remove([uid])
        self.slots.release(self.seats[uid])

    def step(self) -> bool:
        """Whether anything was computed."""
        prompts, tokens = self.generator.next()
        for response in tokens:
            self.answers[response.uid].append((response.token, response.logprobs))
            if response.finish_reason is not None:
                self.slots.release(self.seats[response.uid])
        return bool(prompts or tokens)

    def finish(self) -> dict[int, list[Step]]:
        while self.step():
            pass
        return self.answers


def together(model: nn.Module, rows: Sequence[Row], prompts: int | None = None) -> list[list[Step]]:
    batch = Together(model, prompts)
    uids = batch.join(rows)
    answers = batch.finish()
    return [answers[uid] for uid in uids]


def alone(model: nn.Module, row: Row) -> list[Step]:
    return alone_with(model, row.adapter, row.scale, row.prompt, row.tokens)


def alone_with(model: nn.Module, adapter: Adapter | None, scale: float, prompt: list[int], tokens: int) -> list[Step]:
    """By mlx-lm's own loop; the model is bare before and after."""
    carrier = AdaptedModel(model)
    if adapter is not None:
        carrier.use(adapter, scale)
    steps: Any = generate_step(
        mx.array(prompt), carrier.model, max_tokens=tokens, prompt_cache=make_prompt_cache(carrier.model)
    )
    answer = [(int(token), logprobs) for token, logprobs in steps]
    carrier.use_base()
    return answer


def same(one: Sequence[Step], other: Sequence[Step]) -> bool:
    """The same tokens, from log-probabilities within 1e-4."""
    return [token for token, _ in one] == [token for token, _ in other] and all(
        mx.allclose(a, b, rtol=1e-4, atol=1e-4).item() for (_, a), (_, b) in zip(one, other, strict=True)
    )


def identical(one: Sequence[Step], other: Sequence[Step]) -> bool:
    """To the bit."""
    return [token for token, _ in one] == [token for token, _ in other] and all(
        mx.array_equal(a, b).item() for (_, a), (_, b) in zip(one, other, strict=True)
    )

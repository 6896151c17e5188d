"""The model at work in one phase: seats rows, turns what their batch computes into replies, and ends them."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from backend.errors import AppError
from backend.inference.messages import Answer, RowText
from backend.workers.inference.base import Base
from backend.workers.inference.batch import Computation, Remains, Sampled
from backend.workers.inference.phases import Configuration, Phase, weights_key
from backend.workers.inference.row import Row
from backend.workers.inference.row_plans import plan_row
from backend.workers.inference.slots import SlotsFull
from backend.workers.out_of_memory import says_memory_ran_out


class Replies(Protocol):
    """Where answers go, by the identifier of what was asked."""

    def event(self, identifier: int, event: BaseModel) -> None: ...

    def result(self, identifier: int, result: BaseModel) -> None: ...

    def error(self, identifier: int, error: Exception) -> None: ...


@dataclass
class _Seated:
    row: Row
    slot: int
    weights: Hashable
    has_adapter: bool


class Serving:
    """The rows of one phase of a base. `failed`: its batch is of no use any more."""

    def __init__(self, base: Base, configuration: Configuration, phase: Phase, replies: Replies) -> None:
        self.configuration = configuration
        self.failed = False
        self._base = base
        self._phase = phase
        self._replies = replies
        self._seated: dict[int, _Seated] = {}

    def __len__(self) -> int:
        return len(self._seated)

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._seated

    def seat(self, identifier: int, request: Answer) -> bool:
        """Let the request's row join the batch; False where there is no room now. Raises AppError."""
        if len(self) >= self.configuration.most_rows:
            return False
        try:
            slot = self._phase.place(request.adapter)
        except SlotsFull:
            return False
        try:
            self._join(identifier, request, slot)
        except Exception:
            self._phase.release(slot)
            raise
        return True

    def step(self) -> None:
        """Compute the next token of each row. An error of the whole batch is told to every row, one of a row to it."""
        try:
            for sampled in self._phase.batch.step():
                self._take(sampled)
        except Exception as error:
            self._fail_all(error)

    def cancel(self, identifier: int) -> None:
        """The row ends with what it said until now."""
        remains = self._phase.batch.remove(identifier)
        try:
            last = self._seated[identifier].row.finish("cancelled")
        except Exception as error:
            self._fail(identifier, error)
        else:
            self._finish(identifier, last, remains)

    def end(self) -> None:
        """Leave the bare base behind."""
        self._phase.end()

    def _join(self, identifier: int, request: Answer, slot: int) -> None:
        weights = weights_key(request.adapter)
        former, plan = plan_row(self._base, request, weights, self.configuration.note)
        row = Row(request, plan, self._base.tokenizer)
        ids, cached = plan.prompt.ids, plan.cached_tokens
        cache = self._phase.cache(slot, former)
        self._phase.batch.add(
            identifier, Computation(ids[:cached], ids[cached:], cache, plan.max_tokens, request.sampling)
        )
        self._seated[identifier] = _Seated(row, slot, weights, request.adapter is not None)
        self._replies.event(identifier, row.started)

    def _take(self, sampled: Sampled) -> None:
        identifier = sampled.identifier
        seated = self._seated[identifier]
        try:
            if sampled.is_broken:
                raise _damaged(seated.has_adapter)
            text = seated.row.take(sampled.token, sampled.ended)
        except Exception as error:
            self._fail(identifier, error)
            return
        if seated.row.finish_reason:
            self._finish(identifier, text, sampled.remains or self._phase.batch.remove(identifier))
        elif text is not None:
            self._replies.event(identifier, text)

    def _finish(self, identifier: int, last: RowText | None, remains: Remains | None) -> None:
        seated = self._seated.pop(identifier)
        self._phase.release(seated.slot)
        if last is not None:
            self._replies.event(identifier, last)
        self._replies.result(identifier, seated.row.answered)
        if remains is not None:
            self._base.prompt_caches.keep(seated.weights, remains.tokens, remains.cache)

    def _fail(self, identifier: int, error: Exception) -> None:
        """End one row with an error; nothing that it computed is kept."""
        self._phase.batch.remove(identifier)
        self._phase.release(self._seated.pop(identifier).slot)
        self._replies.error(identifier, error)

    def _fail_all(self, error: Exception) -> None:
        if says_memory_ran_out(error):
            error = AppError(
                "Memory ran out while this was answered. Ask with a shorter prompt, fewer columns or fewer tokens.",
                status_code=503,
                code="out_of_memory",
            )
        seated, self._seated = self._seated, {}
        for identifier in seated:
            self._replies.error(identifier, error)
        self.failed = True


def _damaged(with_adapter: bool) -> AppError:
    if with_adapter:
        return AppError(
            "With this adapter the model computes NaN for this prompt: its weights are damaged or far too large. "
            "Use an earlier checkpoint, or train it again with a smaller learning rate.",
            code="nan",
        )
    return AppError("The model computes NaN for this prompt: its weights are damaged.", code="nan")

"""Answers requests first come, first served, as many at a time as can share the model.

What cannot share it (another base, an adapter that has the model to itself, a task between answers) waits until the
rows before it are done, and what comes later waits behind it. Knows the order of things, not how they are computed.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

import mlx.core as mx
from pydantic import BaseModel

from backend.errors import AppError
from backend.inference.messages import Answer, Resident, RowText
from backend.workers.inference.base import Base, Residence
from backend.workers.inference.batch import Computation, Remains, Sampled
from backend.workers.inference.phases import Configuration, Phase, begin_phase, configuration_for, weights_key
from backend.workers.inference.row import Row, never_started
from backend.workers.inference.row_tasks import plan_row
from backend.workers.inference.slots import SlotsFull
from backend.workers.out_of_memory import says_memory_ran_out


class Replies(Protocol):
    """Where answers go, by the identifier of what was asked."""

    def event(self, identifier: int, event: BaseModel) -> None: ...

    def result(self, identifier: int, result: BaseModel) -> None: ...

    def error(self, identifier: int, error: Exception) -> None: ...


Steps = Generator[None, None, BaseModel]
Task = Callable[[Residence], BaseModel | Steps]
"""What needs the bare model, or another one, and runs at once or step by step, while no row is being answered."""


@dataclass
class _Seated:
    row: Row
    slot: int
    weights: object


class Scheduler:
    """`step` does a little of the work at a time, so that between steps requests can come and go."""

    def __init__(self, replies: Replies, residence: Residence) -> None:
        self._replies = replies
        self._residence = residence
        self._waiting: deque[tuple[int, Answer | Task]] = deque()
        self._seated: dict[int, _Seated] = {}
        self._running: tuple[int, Steps] | None = None
        self._base: Base | None = None
        self._configuration = Configuration()
        self._phase: Phase | None = None

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._seated and self._running is None

    def ask(self, identifier: int, asked: Answer | Task) -> None:
        self._waiting.append((identifier, asked))

    def cancel(self, identifier: int) -> None:
        """Whatever the request is at. What is not known, or done already, is left alone."""
        if identifier in self._seated:
            self._give_up(identifier)
        elif self._running is not None and self._running[0] == identifier:
            self._running[1].close()
            self._running = None
            self._replies.error(identifier, AppError("This was given up before it was done.", code="cancelled"))
        elif asked := next((asked for waiting, asked in self._waiting if waiting == identifier), None):
            self._waiting = deque(each for each in self._waiting if each[0] != identifier)
            if isinstance(asked, Answer):
                self._replies.result(identifier, never_started())
            else:
                self._replies.error(identifier, AppError("This was given up before it began.", code="cancelled"))

    def resident(self) -> Resident:
        return Resident(
            model_folder=self._residence.folder,
            rows=len(self._seated),
            waiting=len(self._waiting),
            adapters=len(self._residence.adapters),
            memory_bytes=mx.get_active_memory(),
            peak_bytes=mx.get_peak_memory(),
        )

    def step(self) -> None:
        """Let those in who can be answered now, and compute the next token of each row, or the next step of a task."""
        self._let_in()
        if self._running is not None:
            self._go_on(*self._running)
        elif self._seated:
            self._compute()
        if self.is_idle:
            mx.clear_cache()

    def _let_in(self) -> None:
        while self._waiting and self._running is None:
            identifier, asked = self._waiting[0]
            try:
                if not (self._begin(identifier, asked) if isinstance(asked, Answer) else self._run(identifier, asked)):
                    return
            except Exception as error:
                self._replies.error(identifier, error)
            self._waiting.popleft()

    def _run(self, identifier: int, task: Task) -> bool:
        if self._seated:
            return False
        self._end_phase()
        begun = task(self._residence)
        if isinstance(begun, BaseModel):
            self._replies.result(identifier, begun)
        else:
            self._running = identifier, begun
        return True

    def _go_on(self, identifier: int, steps: Steps) -> None:
        try:
            next(steps)
            return
        except StopIteration as done:
            self._replies.result(identifier, done.value)
        except Exception as error:
            self._replies.error(identifier, error)
        self._running = None

    def _begin(self, identifier: int, request: Answer) -> bool:
        """Seat the request's row; False where it has to wait."""
        base = self._base_for(request)
        if base is None or not self._have_phase(base, request):
            return False
        assert self._phase is not None
        if len(self._seated) >= self._configuration.most_rows:
            return False
        try:
            slot = self._phase.place(request.adapter)
        except SlotsFull:
            return False
        try:
            self._seat(identifier, request, base, slot)
        except Exception:
            self._phase.release(slot)
            raise
        return True

    def _base_for(self, request: Answer) -> Base | None:
        base = self._residence.resident(request.model_folder)
        if base is None and not self._seated:
            self._end_phase()
            base = self._residence.load(request.model_folder)
        return base

    def _have_phase(self, base: Base, request: Answer) -> bool:
        """Whether the model is, or could now be, in the configuration that the request needs."""
        needed = configuration_for(base, self._residence.adapters, request.adapter)
        if self._phase and self._configuration == needed:
            return True
        if self._seated:
            return False
        self._end_phase()
        self._phase = begin_phase(base, self._residence.adapters, request.adapter, needed)
        self._base, self._configuration = base, needed
        return True

    def _seat(self, identifier: int, request: Answer, base: Base, slot: int) -> None:
        assert self._phase is not None
        weights = weights_key(request.adapter)
        former, task = plan_row(base, request, weights, self._configuration.note)
        row = Row(request, task, base.tokenizer)
        ids, cached = task.prompt.ids, task.cached_tokens
        cache = self._phase.cache(slot, former)
        self._phase.batch.add(
            identifier, Computation(ids[:cached], ids[cached:], cache, task.max_tokens, request.sampling)
        )
        self._seated[identifier] = _Seated(row, slot, weights)
        self._replies.event(identifier, row.started)

    def _give_up(self, identifier: int) -> None:
        assert self._phase is not None
        remains = self._phase.batch.remove(identifier)
        try:
            last = self._seated[identifier].row.finish("cancelled")
        except Exception as error:
            self._fail(identifier, error)
        else:
            self._finish(identifier, last, remains)

    def _compute(self) -> None:
        assert self._phase is not None
        try:
            for sampled in self._phase.batch.step():
                self._take(sampled)
        except Exception as error:
            self._fail_all(error)

    def _take(self, sampled: Sampled) -> None:
        assert self._phase is not None
        identifier, row = sampled.identifier, self._seated[sampled.identifier].row
        try:
            if sampled.is_broken:
                raise AppError("The model computes NaN for this prompt: its weights are damaged.", code="nan")
            text = row.take(sampled.token, sampled.ended)
        except Exception as error:
            self._fail(identifier, error)
            return
        if row.finish_reason:
            self._finish(identifier, text, sampled.remains or self._phase.batch.remove(identifier))
        elif text is not None:
            self._replies.event(identifier, text)

    def _finish(self, identifier: int, last: RowText | None, remains: Remains | None) -> None:
        assert self._phase is not None and self._base is not None
        seated = self._seated.pop(identifier)
        self._phase.release(seated.slot)
        if last is not None:
            self._replies.event(identifier, last)
        self._replies.result(identifier, seated.row.answered)
        if remains is not None:
            self._base.prompt_caches.keep(seated.weights, remains.tokens, remains.cache)

    def _fail(self, identifier: int, error: Exception) -> None:
        """End one row with an error; nothing that it computed is kept."""
        assert self._phase is not None
        self._phase.batch.remove(identifier)
        self._phase.release(self._seated.pop(identifier).slot)
        self._replies.error(identifier, error)

    def _fail_all(self, error: Exception) -> None:
        """The batch is of no use any more: everybody in it hears why, and the next row gets a fresh one."""
        if says_memory_ran_out(error):
            error = AppError(
                "Memory ran out while this was answered. Ask with a shorter prompt, fewer columns or fewer tokens.",
                status_code=503,
                code="out_of_memory",
            )
        seated, self._seated = self._seated, {}
        for identifier in seated:
            self._replies.error(identifier, error)
        self._end_phase()

    def _end_phase(self) -> None:
        if self._phase is not None:
            self._phase.end()
        self._phase, self._base = None, None
        mx.clear_cache()

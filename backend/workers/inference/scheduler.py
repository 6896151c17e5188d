"""Answers requests first come, first served, as many at a time as can share the model.

What cannot share it (another base, an adapter that has the model to itself, a task between answers) waits until the
rows before it are done, and what comes later waits behind it. Knows the order of things, not how they are computed.
"""

from collections import deque
from collections.abc import Callable, Generator

import mlx.core as mx
from pydantic import BaseModel

from backend.errors import AppError
from backend.inference.messages import Answer, Resident
from backend.workers.inference.base import Residence
from backend.workers.inference.phases import begin_phase, configuration_for
from backend.workers.inference.row import never_started
from backend.workers.inference.serving import Replies, Serving

Steps = Generator[None, None, BaseModel]
Task = Callable[[Residence], BaseModel | Steps]
"""What needs the bare model, or another one, and runs at once or step by step, while no row is being answered."""


class Scheduler:
    """`step` does a little of the work at a time, so that between steps requests can come and go."""

    def __init__(self, replies: Replies, residence: Residence) -> None:
        self._replies = replies
        self._residence = residence
        self._waiting: deque[tuple[int, Answer | Task]] = deque()
        self._serving: Serving | None = None
        self._running: tuple[int, Steps] | None = None

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._rows and self._running is None

    def ask(self, identifier: int, asked: Answer | Task) -> None:
        self._waiting.append((identifier, asked))

    def cancel(self, identifier: int) -> None:
        """Whatever the request is at. What is not known, or done already, is left alone."""
        if self._serving is not None and identifier in self._serving:
            self._serving.cancel(identifier)
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
            rows=self._rows,
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
        elif self._serving is not None and self._rows:
            self._serving.step()
            if self._serving.failed:
                self._clear()
        if self.is_idle:
            mx.clear_cache()

    @property
    def _rows(self) -> int:
        return 0 if self._serving is None else len(self._serving)

    def _let_in(self) -> None:
        while self._waiting and self._running is None:
            identifier, asked = self._waiting[0]
            try:
                if not (self._begin(identifier, asked) if isinstance(asked, Answer) else self._run(identifier, asked)):
                    return
            except Exception as error:
                self._replies.error(identifier, error)
            self._waiting.popleft()

    def _begin(self, identifier: int, request: Answer) -> bool:
        """Seat the request's row; False where it has to wait."""
        serving = self._serving_for(request)
        return serving is not None and serving.seat(identifier, request)

    def _serving_for(self, request: Answer) -> Serving | None:
        """The model in the phase that the request needs, if it is in it, or can be now."""
        base = self._residence.resident(request.model_folder)
        if base is None:
            if not self._clear():
                return None
            base = self._residence.load(request.model_folder)
        needed = configuration_for(base, self._residence.adapters, request.adapter)
        if self._serving is None or self._serving.configuration != needed:
            if not self._clear():
                return None
            phase = begin_phase(base, self._residence.adapters, request.adapter, needed)
            self._serving = Serving(base, needed, phase, self._replies)
        return self._serving

    def _run(self, identifier: int, task: Task) -> bool:
        if not self._clear():
            return False
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

    def _clear(self) -> bool:
        """Leave the bare base behind; False while rows are being answered."""
        if self._rows:
            return False
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.end()
            mx.clear_cache()
        return True

"""Answers questions with base models and adapters. Checks that they belong together; the worker computes."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from backend.adapters.library import AdapterLibrary
from backend.inference.choosing import Chooser, ChosenWeights
from backend.inference.comparing import column_events
from backend.inference.messages import Answer, Answered, RowEvent, RowStarted
from backend.inference.questions import Question, check_comparison, check_request, question_of, questions_of
from backend.inference.residency import Residency, Use
from backend.inference.schemas import (
    AdapterFile,
    CompareRequest,
    InferenceRequest,
    InferenceResponse,
    InferenceStatus,
    VerifyRequest,
    VerifyResponse,
)
from backend.inference.stock_process import StockProcess
from backend.inference.streaming import event_lines
from backend.inference.verification import Verification
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.resident_worker import Call, Content, ResidentWorker, Result
from backend.settings import Settings

row_events: TypeAdapter[RowEvent] = TypeAdapter(RowEvent)


class InferenceManager:
    """Sends whatever is asked to the one worker at once, which answers together what can share a batch.

    `patience_seconds` is how long `unload` lets answers in progress go on.
    """

    def __init__(
        self,
        settings: Settings,
        models: ModelLibrary,
        inspector: Inspector,
        adapters: AdapterLibrary,
        patience_seconds: float = 30.0,
    ) -> None:
        self._chooser = Chooser(models, inspector, adapters)
        self._worker = ResidentWorker("backend.workers.infer", settings.logs / "inference.log")
        self._residency = Residency(self._worker, settings.idle_unload * 60, patience_seconds)
        self._calls: dict[str, Call] = {}
        self._stock = StockProcess(settings.logs / "inference.log")
        self._verification = Verification(self._stock)

    async def infer(self, request: InferenceRequest) -> InferenceResponse:
        """Raises AppError: 400 for what does not fit, 404 for what is not there, 503 when the worker dies."""
        check_request(request)
        question = question_of(request)
        chosen = await self._choose(question)
        async with aclosing(self.rows(chosen, question)) as rows:
            async for it in rows:
                if isinstance(it, Answered):
                    return chosen.response(it)
        raise AssertionError("the last of a row is its answer")

    async def compare(self, request: CompareRequest) -> AsyncGenerator[str]:
        """Server-sent events, each a ColumnEvent. Raises AppError at once for what is wrong with every column."""
        check_comparison(request)
        await self._chooser.base(request.model_name)
        return event_lines(column_events(questions_of(request), self._choose, self.rows))

    async def answer(self, question: Question) -> AsyncGenerator[RowEvent | Answered]:
        """What happens to one row, its answer last. Closing it cancels the row. Raises what `infer` raises."""
        async with aclosing(self.rows(await self._choose(question), question)) as rows:
            async for it in rows:
                yield it

    async def choose(
        self,
        model_name: str,
        adapter_name: str | None = None,
        adapter_file: AdapterFile | None = None,
        adapter_scale: float | None = None,
    ) -> ChosenWeights:
        """Raises AppError: 404 for what is not there, 400 for what does not belong together or is damaged."""
        return await self._chooser.choose(model_name, adapter_name, adapter_file, adapter_scale)

    async def rows(
        self, chosen: ChosenWeights, question: Question, answer_id: str | None = None
    ) -> AsyncGenerator[RowEvent | Answered]:
        """As `answer`, of weights that are chosen already. `cancel` knows the row by its `answer_id`."""
        message = Answer(
            model_folder=chosen.folder,
            adapter=chosen.adapter,
            messages=question.messages,
            plain=question.plain,
            sampling=question.sampling,
        )
        async with self._calling("answer", message, chosen) as (call, use):
            if answer_id is not None:
                self._calls[answer_id] = call
            try:
                async for reply in call:
                    if isinstance(reply, Result):
                        yield Answered.model_validate(reply.content)
                        return
                    event = row_events.validate_python(reply.content)
                    if isinstance(event, RowStarted):
                        self._residency.started(use)
                    yield event
            finally:
                self._calls.pop(answer_id or "", None)

    async def ask(self, chosen: ChosenWeights, method: str, message: BaseModel) -> Content:
        """The result of another call of the worker about chosen weights. Raises the worker's AppError."""
        async with self._calling(method, message, chosen) as (call, _):
            async for reply in call:
                if isinstance(reply, Result):
                    return reply.content
        raise AssertionError("the last of a call is its result")

    async def verify(self, request: VerifyRequest) -> VerifyResponse:
        """Raises what `choose` raises. A caller that goes away ends mlx_lm's own process."""
        chosen = await self.choose(
            request.model_name, request.adapter_name, request.adapter_file, request.adapter_scale
        )
        return await self._verification.verify(request, chosen, partial(self.ask, chosen))

    def cancel(self, answer_id: str) -> None:
        """The answer ends with what it said until now. One that is complete stays as it is."""
        if call := self._calls.get(answer_id):
            call.cancel()

    async def status(self) -> InferenceStatus:
        return await self._residency.status()

    def models_in_use(self) -> dict[Path, str]:
        """The folder of the model that answers, if there is one, and how it is let go, in words."""
        return dict.fromkeys(self._residency.folders(), "it is in memory and answers prompts; unload it first")

    async def unload(self, because: str) -> None:
        """Give the memory of base and adapters back, once the answers in progress are complete or patience ends."""
        with self._stock.held_off(because):
            await self._residency.unload(because)

    async def close(self) -> None:
        with self._stock.held_off("the program ends"):
            await self._residency.close()

    async def _choose(self, question: Question) -> ChosenWeights:
        return await self.choose(
            question.model_name, question.adapter_name, question.adapter_file, question.adapter_scale
        )

    @asynccontextmanager
    async def _calling(self, method: str, message: BaseModel, chosen: ChosenWeights) -> AsyncIterator[tuple[Call, Use]]:
        use = await self._residency.enter(chosen.folder)
        leave = partial(self._residency.leave, use)
        try:
            async with self._worker.stream(method, message.model_dump(mode="json"), _joined, leave) as call:
                yield call, use
        finally:
            leave()


def _joined(earlier: Content, later: Content) -> Content | None:
    """Two pieces of text that nobody has taken yet."""
    if earlier.get("type") != "text" or later.get("type") != "text":
        return None
    return {
        "type": "text",
        "text": earlier["text"] + later["text"],
        "thinking": earlier["thinking"] + later["thinking"],
    }

"""Several columns that answer one prompt, as one stream of events. A column that cannot answer fails alone."""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from backend.errors import AppError, Unforeseen
from backend.inference.choosing import ChosenWeights
from backend.inference.messages import Answered, RowEvent, RowStarted
from backend.inference.questions import Question
from backend.inference.schemas import ColumnEvent, ColumnFailed, ColumnFinished, ColumnStarted, ColumnText
from backend.inference.streaming import woven

logger = logging.getLogger(__name__)

Choose = Callable[[Question], Awaitable[ChosenWeights]]
Rows = Callable[[ChosenWeights, Question, str], AsyncGenerator[RowEvent | Answered]]


async def column_events(questions: Sequence[Question], choose: Choose, rows: Rows) -> AsyncGenerator[ColumnEvent]:
    """In the order they come. All weights are chosen before the first row is sent, so that the rows begin together."""
    choices = await asyncio.gather(*map(choose, questions), return_exceptions=True)
    columns = [
        _column(number, question, choice, rows)
        for number, (question, choice) in enumerate(zip(questions, choices, strict=True))
    ]
    async with aclosing(woven(columns)) as events:
        async for event in events:
            yield event


async def _column(
    number: int, question: Question, choice: ChosenWeights | BaseException, rows: Rows
) -> AsyncGenerator[ColumnEvent]:
    try:
        if isinstance(choice, BaseException):
            raise choice
        answer_id = uuid.uuid4().hex
        async with aclosing(rows(choice, question, answer_id)) as row:
            async for it in row:
                yield _event(number, answer_id, choice, it)
    except AppError as error:
        yield _failed(number, error)
    except Exception as error:
        logger.exception("Column %d of a comparison failed", number)
        unforeseen = Unforeseen(error)
        yield ColumnFailed(column=number, detail=unforeseen.detail, code=unforeseen.code)


def _event(number: int, answer_id: str, chosen: ChosenWeights, it: RowEvent | Answered) -> ColumnEvent:
    if isinstance(it, Answered):
        return ColumnFinished(column=number, answer=chosen.response(it))
    if isinstance(it, RowStarted):
        return ColumnStarted(
            column=number,
            answer_id=answer_id,
            prompt_tokens=it.prompt_tokens,
            cached_tokens=it.cached_tokens,
            adapter_details=chosen.details_with(it.chat_template_used),
            notes=it.notes,
        )
    return ColumnText(column=number, text=it.text, thinking=it.thinking)


def _failed(number: int, error: AppError) -> ColumnFailed:
    return ColumnFailed(column=number, detail=error.detail, code=error.code)

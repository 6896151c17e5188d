"""Asks several questions at once and gives what their rows say as it comes. Knows nothing of OpenAI's shapes."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from backend.errors import AppError, Unforeseen
from backend.inference.choosing import ChosenWeights
from backend.inference.manager import InferenceManager
from backend.inference.messages import Answered, RowEvent
from backend.inference.openai.fields import fields_as
from backend.inference.questions import Question
from backend.inference.streaming import woven

logger = logging.getLogger(__name__)

Said = tuple[int, RowEvent | Answered]
"""What the row of a question said, with the question's number."""


class AnswerCutShort(AppError):
    """Somebody else freed the row; half an answer is not passed off as a whole one."""

    status_code = 503
    code = "answer_cut_short"


async def batch(
    manager: InferenceManager, chosen: ChosenWeights, questions: Sequence[Question], names: Mapping[str, str]
) -> AsyncGenerator[Said]:
    """The events of all rows, until each has ended with its `Answered`. Closing it frees the rows.

    Raises AppError as soon as one of them fails, with fields as `names` has them.
    """
    rows = woven([_row(index, manager.rows(chosen, question)) for index, question in enumerate(questions)])
    with fields_as(names):
        async with aclosing(rows):
            async for index, event in rows:
                if isinstance(event, AppError):
                    raise event
                if isinstance(event, Answered) and event.finish_reason == "cancelled":
                    raise AnswerCutShort("The answer was cut short before it was complete. Ask again.")
                yield index, event


async def whole_answers(said: AsyncGenerator[Said]) -> list[Answered]:
    """In the order of the questions."""
    async with aclosing(said):
        answers = {index: event async for index, event in said if isinstance(event, Answered)}
    return [answers[index] for index in sorted(answers)]


async def _row(
    index: int, row: AsyncGenerator[RowEvent | Answered]
) -> AsyncGenerator[tuple[int, RowEvent | Answered | AppError]]:
    """One question's events, or at last why there are none."""
    try:
        async with aclosing(row):
            async for event in row:
                yield index, event
    except AppError as error:
        yield index, error
    except Exception as error:
        logger.exception("Row %d of a request failed", index)
        yield index, Unforeseen(error)

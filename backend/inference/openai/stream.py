"""An answer in pieces: server-sent events as OpenAI's clients read them, `[DONE]` at their end."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from backend.error_forms import openai_form
from backend.errors import AppError
from backend.inference.messages import Answered, RowStarted
from backend.inference.openai.answers import ChatChunk, Completion
from backend.inference.openai.batch import Said
from backend.inference.openai.voices import Voice

BEGUN = ""
DONE = "data: [DONE]\n\n"


async def event_lines(said: AsyncGenerator[Said], voice: Voice[Any, Any], include_usage: bool) -> AsyncGenerator[str]:
    """First BEGUN, once the first row has; an AppError before is raised, one after it is an event, and the last."""
    async with aclosing(said):
        first = await anext(said)
        yield BEGUN
        try:
            async for chunk in _chunks(first, said, voice, include_usage):
                absent = {"usage": not include_usage, "notes": chunk.notes is None}
                yield f"data: {chunk.model_dump_json(exclude={name for name, it in absent.items() if it})}\n\n"
            yield DONE
        except AppError as error:
            yield f"data: {json.dumps(openai_form(error)[1])}\n\n"


async def _chunks(
    first: Said, said: AsyncGenerator[Said], voice: Voice[Any, Any], include_usage: bool
) -> AsyncGenerator[ChatChunk | Completion]:
    answers: dict[int, Answered] = {}
    next_said: Said | None = first
    while next_said is not None:
        match next_said:
            case index, RowStarted():
                yield voice.beginning(index)
            case index, Answered() as answer:
                answers[index] = answer
                yield voice.ending(index, answer)
            case index, text:
                yield voice.piece(index, text)
        next_said = await anext(said, None)
    if include_usage:
        yield voice.used([answers[index] for index in sorted(answers)])

"""Puts what rows say into the shapes of OpenAI's two calls: chat completions and completions."""

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypedDict, TypeVar

from backend.inference.messages import Answered, RowText
from backend.inference.openai.answers import (
    AnswerMessage,
    ChatChoice,
    ChatChunk,
    ChatCompletion,
    ChunkChoice,
    Completion,
    Delta,
    Ending,
    TextChoice,
    Usage,
)
from backend.inference.schemas import AdapterDetails

Whole = TypeVar("Whole", ChatCompletion, Completion)
Chunk = TypeVar("Chunk", ChatChunk, Completion)

FINGERPRINT_DIGITS = 12


class Heading(TypedDict):
    """The same in all pieces of one answer. `system_fingerprint` changes with the weights that answer."""

    id: str
    created: int
    model: str
    system_fingerprint: str


def heading(prefix: str, model: str, details: AdapterDetails) -> Heading:
    hashes = [details.base_fingerprint, *([details.content_hash] if details.content_hash else [])]
    return Heading(
        id=f"{prefix}-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=model,
        system_fingerprint="-".join(it[:FINGERPRINT_DIGITS] for it in hashes),
    )


class Voice(ABC, Generic[Whole, Chunk]):
    """Rows of one prompt follow one another, `answers_a_prompt` of them."""

    def __init__(self, heading: Heading, answers_a_prompt: int) -> None:
        self.heading = heading
        self._answers_a_prompt = answers_a_prompt

    @abstractmethod
    def whole(self, answers: Sequence[Answered]) -> Whole: ...

    @abstractmethod
    def beginning(self, index: int) -> Chunk: ...

    @abstractmethod
    def piece(self, index: int, said: RowText) -> Chunk: ...

    @abstractmethod
    def ending(self, index: int, answer: Answered) -> Chunk: ...

    @abstractmethod
    def used(self, answers: Sequence[Answered]) -> Chunk:
        """The last piece, which has the usage and no choices."""

    def usage(self, answers: Sequence[Answered]) -> Usage:
        return Usage.of(answers, self._answers_a_prompt)


class ChatVoice(Voice[ChatCompletion, ChatChunk]):
    def whole(self, answers: Sequence[Answered]) -> ChatCompletion:
        choices = [
            ChatChoice(
                index=index,
                message=AnswerMessage(content=answer.text, reasoning_content=answer.thinking or None),
                finish_reason=_ending(answer),
            )
            for index, answer in enumerate(answers)
        ]
        return ChatCompletion(**self.heading, choices=choices, usage=self.usage(answers), notes=_notes(answers))

    def beginning(self, index: int) -> ChatChunk:
        return self._chunk(index, {"role": "assistant", "content": ""})

    def piece(self, index: int, said: RowText) -> ChatChunk:
        delta: Delta = {}
        if said.thinking:
            delta["reasoning_content"] = said.thinking
        if said.text:
            delta["content"] = said.text
        return self._chunk(index, delta)

    def ending(self, index: int, answer: Answered) -> ChatChunk:
        chunk = self._chunk(index, {}, _ending(answer))
        return chunk.model_copy(update={"notes": answer.notes or None})

    def used(self, answers: Sequence[Answered]) -> ChatChunk:
        return ChatChunk(**self.heading, choices=[], usage=self.usage(answers))

    def _chunk(self, index: int, delta: Delta, ending: Ending | None = None) -> ChatChunk:
        return ChatChunk(**self.heading, choices=[ChunkChoice(index=index, delta=delta, finish_reason=ending)])


class TextVoice(Voice[Completion, Completion]):
    """`echoes` are prompts, each to stand before its answers. Rows of plain text have no thinking."""

    def __init__(self, heading: Heading, answers_a_prompt: int, echoes: Sequence[str] | None) -> None:
        super().__init__(heading, answers_a_prompt)
        self._echoes = echoes

    def whole(self, answers: Sequence[Answered]) -> Completion:
        choices = [
            TextChoice(index=index, text=self._echo(index) + answer.text, finish_reason=_ending(answer))
            for index, answer in enumerate(answers)
        ]
        return Completion(**self.heading, choices=choices, usage=self.usage(answers), notes=_notes(answers))

    def beginning(self, index: int) -> Completion:
        return self._chunk(index, self._echo(index))

    def piece(self, index: int, said: RowText) -> Completion:
        return self._chunk(index, said.text)

    def ending(self, index: int, answer: Answered) -> Completion:
        chunk = self._chunk(index, "", _ending(answer))
        return chunk.model_copy(update={"notes": answer.notes or None})

    def used(self, answers: Sequence[Answered]) -> Completion:
        return Completion(**self.heading, choices=[], usage=self.usage(answers))

    def _echo(self, index: int) -> str:
        return self._echoes[index // self._answers_a_prompt] if self._echoes else ""

    def _chunk(self, index: int, text: str, ending: Ending | None = None) -> Completion:
        return Completion(**self.heading, choices=[TextChoice(index=index, text=text, finish_reason=ending)])


def _ending(answer: Answered) -> Ending:
    assert answer.finish_reason != "cancelled"
    return answer.finish_reason


def _notes(answers: Sequence[Answered]) -> list[str]:
    return list(dict.fromkeys(note for answer in answers for note in answer.notes))

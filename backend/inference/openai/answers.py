"""Answers as clients of OpenAI's API read them, whole and in pieces.

https://platform.openai.com/docs/api-reference/chat/object
"""

from collections.abc import Iterable
from typing import Literal, NotRequired, Self

from pydantic import BaseModel
from typing_extensions import TypedDict

from backend.inference.messages import Answered

Ending = Literal["stop", "length"]


class CachedTokens(BaseModel):
    cached_tokens: int


class Usage(BaseModel):
    """A prompt counts once, however many answers it got."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: CachedTokens

    @classmethod
    def of(cls, answers: Iterable[Answered], answers_a_prompt: int) -> Self:
        answers = list(answers)
        prompts = answers[::answers_a_prompt]
        prompt_tokens = sum(answer.prompt_tokens for answer in prompts)
        completion_tokens = sum(answer.generated_tokens for answer in answers)
        return cls(
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            total_tokens=prompt_tokens + completion_tokens,
            prompt_tokens_details=CachedTokens(cached_tokens=sum(answer.cached_tokens for answer in prompts)),
        )


class AnswerMessage(BaseModel):
    """`reasoning_content` is what a reasoning model wrote before its answer; None where it wrote nothing."""

    role: Literal["assistant"] = "assistant"
    content: str
    reasoning_content: str | None
    refusal: None = None


class ChatChoice(BaseModel):
    index: int
    message: AnswerMessage
    finish_reason: Ending
    logprobs: None = None


class ChatCompletion(BaseModel):
    """`notes`, an addition, say what was out of the ordinary, such as a model without a chat template."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChatChoice]
    usage: Usage
    notes: list[str]


class Delta(TypedDict):
    role: NotRequired[Literal["assistant"]]
    content: NotRequired[str]
    reasoning_content: NotRequired[str]


class ChunkChoice(BaseModel):
    index: int
    delta: Delta
    finish_reason: Ending | None = None
    logprobs: None = None


class ChatChunk(BaseModel):
    """`notes` are with the piece that ends an answer, where there are any."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    notes: list[str] | None = None


class TextChoice(BaseModel):
    index: int
    text: str
    finish_reason: Ending | None = None
    logprobs: None = None


class Completion(BaseModel):
    """A whole answer, or one piece of it. `notes` as in chat completions."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    system_fingerprint: str
    choices: list[TextChoice]
    usage: Usage | None = None
    notes: list[str] | None = None

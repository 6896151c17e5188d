"""What clients of OpenAI's API may ask for.

What would change the answer and is not offered here is refused in words; what would not is taken and ignored.
https://platform.openai.com/docs/api-reference/chat/create
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from backend.errors import FieldError
from backend.inference.openai.model_names import parse
from backend.inference.openai.parameters import (
    Ignored,
    joined_text,
    not_offered,
    one_or_several,
    prompts_of_text,
    without_nulls,
)
from backend.inference.questions import Question, check_characters, sampling_of
from backend.inference.schemas import LONGEST_ANSWER, MaxTokens, Message, MinP, Sampling, Temperature, TopK, TopP

MOST_ANSWERS = 8
MOST_PROMPTS = 64
LARGEST_SEED = 2**53

NO_TOOLS = "No tools or functions can be called here"
NO_PROBABILITIES = "Probabilities of tokens are not given here"
TEXT_ALONE = "Models answer text alone here"
ANOTHER_PENALTY = "Repetition is held back by repetition_penalty here"
TEMPLATES_MATTER = "How long a model thinks is its chat template's matter, which reads chat_template_kwargs"


class ChatMessage(BaseModel):
    """One turn. `reasoning_content` of an earlier answer is no part of what the model reads, as it is elsewhere."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, BeforeValidator(joined_text)]
    name: Annotated[Any, not_offered("Chat templates give participants no names")] = None
    tool_calls: Annotated[Any, not_offered(NO_TOOLS, [])] = None
    function_call: Annotated[Any, not_offered(NO_TOOLS)] = None
    audio: Annotated[Any, not_offered(TEXT_ALONE)] = None
    refusal: Ignored = None
    annotations: Ignored = None
    reasoning_content: Ignored = None

    _nulls = model_validator(mode="before")(without_nulls)

    @property
    def turn(self) -> Message:
        return Message(role="system" if self.role == "developer" else self.role, content=self.content)


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    include_usage: bool = False
    include_obfuscation: Ignored = None

    _nulls = model_validator(mode="before")(without_nulls)


class AnswerRequest(Sampling):
    """What both calls take. `model` is `base`, `base:adapter`, or `base:adapter@best`, `@latest` or `@STEP`.

    top_k, min_p, repetition_penalty, adapter_scale and chat_template_kwargs are additions to OpenAI's API.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: Annotated[str, Field(min_length=1)]
    temperature: Temperature = 1.0
    top_p: TopP = 1.0
    min_p: MinP = 0.0
    top_k: TopK = 0
    stop: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=8), BeforeValidator(one_or_several)
    ] = Field([], description="one string or several")
    n: Annotated[int, Field(ge=1, le=MOST_ANSWERS, description="answers to each prompt, in one batch")] = 1
    adapter_scale: Annotated[
        FiniteFloat | None, Field(description="multiplier of the update, for a folder without adapter_config.json")
    ] = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    user: Ignored = None
    frequency_penalty: Annotated[Any, not_offered(ANOTHER_PENALTY, 0)] = None
    presence_penalty: Annotated[Any, not_offered(ANOTHER_PENALTY, 0)] = None
    logit_bias: Annotated[Any, not_offered("Tokens cannot be biased here", {})] = None

    _nulls = model_validator(mode="before")(without_nulls)

    def asked(self, messages: list[Message], plain: str | None = None) -> list[Question]:
        """One prompt `n` times: a given seed is counted up, so that the answers differ, and come again."""
        base, adapter, file = parse(self.model)
        seeds = [None if self.seed is None else (self.seed + index) % (LARGEST_SEED + 1) for index in range(self.n)]
        samplings = [sampling_of(self).model_copy(update={"seed": seed}) for seed in seeds]
        return [Question(base, adapter, file, self.adapter_scale, messages, plain, sampling) for sampling in samplings]


class ChatRequest(AnswerRequest):
    """Without max_tokens an answer may fill the model's context."""

    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    max_tokens: MaxTokens = LONGEST_ANSWER
    max_completion_tokens: MaxTokens | None = None

    metadata: Ignored = None
    store: Ignored = None
    service_tier: Ignored = None
    safety_identifier: Ignored = None
    prompt_cache_key: Ignored = None
    prompt_cache_options: Ignored = None
    prompt_cache_retention: Ignored = None
    prediction: Ignored = None
    parallel_tool_calls: Ignored = None
    tools: Annotated[Any, not_offered(NO_TOOLS, [])] = None
    tool_choice: Annotated[Any, not_offered(NO_TOOLS, "none", "auto")] = None
    functions: Annotated[Any, not_offered(NO_TOOLS, [])] = None
    function_call: Annotated[Any, not_offered(NO_TOOLS, "none", "auto")] = None
    response_format: Annotated[Any, not_offered("Answers cannot be held to a format here", {"type": "text"})] = None
    logprobs: Annotated[Any, not_offered(NO_PROBABILITIES, False)] = None
    top_logprobs: Annotated[Any, not_offered(NO_PROBABILITIES, 0)] = None
    modalities: Annotated[Any, not_offered(TEXT_ALONE, ["text"])] = None
    audio: Annotated[Any, not_offered(TEXT_ALONE)] = None
    reasoning_effort: Annotated[Any, not_offered(TEMPLATES_MATTER)] = None
    verbosity: Annotated[Any, not_offered("How much a model says can only be asked for in the prompt here")] = None
    moderation: Annotated[Any, not_offered("Nothing moderates answers here")] = None
    web_search_options: Annotated[Any, not_offered("Models do not search the web here")] = None

    @field_validator("messages")
    @classmethod
    def ends_with_the_user(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        for message in messages:
            check_characters("messages", message.content)
        if messages[-1].role != "user":
            raise FieldError("messages", "The last message must be the user's: it is what the model answers.")
        return messages

    def questions(self) -> list[Question]:
        return self.asked([message.turn for message in self.messages])

    @model_validator(mode="after")
    def one_limit(self) -> "ChatRequest":
        """max_completion_tokens is the newer name of max_tokens."""
        if self.max_completion_tokens is not None:
            if "max_tokens" in self.model_fields_set and self.max_tokens != self.max_completion_tokens:
                raise FieldError("max_tokens", "max_tokens and max_completion_tokens differ; give one of them.")
            self.max_tokens = self.max_completion_tokens
        return self


class CompletionRequest(AnswerRequest):
    """Texts to be continued as they stand, without a chat template, all in one batch."""

    prompt: Annotated[
        list[str],
        Field(min_length=1, max_length=MOST_PROMPTS, description="or one string"),
        BeforeValidator(prompts_of_text),
    ]
    max_tokens: MaxTokens = 16
    echo: Annotated[bool, Field(description="the answer begins with the prompt")] = False

    chat_template_kwargs: Annotated[Any, not_offered("Completions use no chat template", {})] = Field({})
    suffix: Annotated[Any, not_offered("Text cannot be filled in before another here", "")] = None
    best_of: Annotated[Any, not_offered("Answers are not ranked here, though n gives several", 1)] = None
    logprobs: Annotated[Any, not_offered(NO_PROBABILITIES)] = None

    def questions(self) -> list[Question]:
        """The answers to one prompt follow one another."""
        return [question for prompt in self.prompt for question in self.asked([], plain=prompt)]

    @field_validator("prompt")
    @classmethod
    def of_whole_characters(cls, prompt: list[str]) -> list[str]:
        for text in prompt:
            check_characters("prompt", text)
        return prompt

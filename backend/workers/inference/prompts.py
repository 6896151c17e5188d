"""Turns a conversation into the tokens that the model expects. Knows chat templates and tokenizers, not models."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mlx_lm.tokenizer_utils import TokenizerWrapper
from transformers import PreTrainedTokenizerBase

from backend.errors import FieldError
from backend.inference.messages import Answer
from backend.inference.schemas import Message
from backend.workers.inference.prompt_length import refuse_far_too_long, refuse_too_many_turns
from backend.workers.plain_text import encode_plain

ANSWER = "An answer."
RESERVED = set(inspect.signature(PreTrainedTokenizerBase.apply_chat_template).parameters) - {"kwargs"}
"""What the program itself tells the tokenizer, or a template of somebody else's."""
NO_TEMPLATE = "This model has no chat template: it was given the plain prompt, to continue."
NO_TEMPLATE_FOR_TURNS = (
    "This model has no chat template: it was given the turns of the conversation as plain text, to continue."
)
NO_TOOLS = (
    "This model's chat template is made for tools, which are not offered here: it was given an empty list of them, "
    "and may still ask the model to call some."
)


@dataclass(frozen=True)
class EncodedPrompt:
    """`opens_thinking`: the chat template has begun the thinking that the model is to go on with."""

    ids: list[int]
    chat_template_used: bool
    opens_thinking: bool = False
    notes: list[str] = field(default_factory=list)


def encode_prompt(tokenizer: TokenizerWrapper, request: Answer, context_length: int | None) -> EncodedPrompt:
    """With the chat template where there is one, which then also writes the BOS token; else the plain prompt.

    Raises FieldError for what the template refuses, and for what has many more tokens than `context_length`; what has
    a few more is given all the same, for its exact number.
    """
    if request.plain is not None:
        refuse_far_too_long(tokenizer, request.plain, context_length)
        return EncodedPrompt(encode_plain(tokenizer, request.plain), chat_template_used=False)
    refuse_too_many_turns(len(request.messages), context_length)
    if not tokenizer.has_chat_template:
        return _encode_without_template(tokenizer, request.messages, context_length)
    kwargs = request.sampling.chat_template_kwargs
    _check_kwargs(kwargs)
    text, notes = _render(tokenizer, request.messages, kwargs)
    refuse_far_too_long(tokenizer, text, context_length)
    return EncodedPrompt(
        list(tokenizer.encode(text, add_special_tokens=False)),
        chat_template_used=True,
        opens_thinking=text.rstrip().endswith(tokenizer.think_start or "<think>"),
        notes=[*notes, *_ignored(tokenizer, request.messages, kwargs, text)],
    )


def end_of_turn(tokenizer: TokenizerWrapper) -> set[int]:
    """The special token with which the chat template closes an answer, which may differ from the model's EOS."""
    if not tokenizer.has_chat_template:
        return set()
    turns = [{"role": "user", "content": "A question."}, {"role": "assistant", "content": ANSWER}]
    try:
        rest = _apply(tokenizer, turns)[0].rpartition(ANSWER)[2].lstrip()
    except Exception:  # templates raise whatever their authors chose; this one then has no turn to learn from
        return set()
    ids = list(tokenizer.encode(rest, add_special_tokens=False))
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return set(ids[:1]) & special


def _encode_without_template(
    tokenizer: TokenizerWrapper, messages: Sequence[Message], context_length: int | None
) -> EncodedPrompt:
    if any(message.role == "system" for message in messages):
        raise FieldError(
            "system_prompt",
            "This model has no chat template, so it knows no system prompt. "
            "Leave the system prompt empty and write the instruction at the beginning of the prompt.",
        )
    text = "\n\n".join(message.content for message in messages)
    refuse_far_too_long(tokenizer, text, context_length)
    note = NO_TEMPLATE if len(messages) == 1 else NO_TEMPLATE_FOR_TURNS
    return EncodedPrompt(encode_plain(tokenizer, text), chat_template_used=False, notes=[note])


def _check_kwargs(kwargs: dict[str, Any]) -> None:
    if reserved := sorted(RESERVED & kwargs.keys()):
        raise FieldError(
            "chat_template_kwargs",
            f"{reserved[0]} is not for the chat template to choose; give only what the template itself knows, "
            "such as enable_thinking.",
        )


def _render(tokenizer: TokenizerWrapper, messages: Sequence[Message], kwargs: dict[str, Any]) -> tuple[str, list[str]]:
    """The text, with notes on how it came about."""
    try:
        return _apply(tokenizer, _turns(messages), add_generation_prompt=True, **kwargs)
    except Exception as error:  # templates raise whatever their authors chose
        raise _refusal(tokenizer, messages, kwargs, error) from error


def _refusal(
    tokenizer: TokenizerWrapper, messages: Sequence[Message], kwargs: dict[str, Any], error: Exception
) -> FieldError:
    """Says which part of the request the template refuses, as it takes the rest."""
    without_system = [message for message in messages if message.role != "system"]
    if kwargs and _accepts(tokenizer, messages, {}):
        return FieldError(
            "chat_template_kwargs",
            f"The model's chat template fails with these settings ({error}). Leave them out or change them.",
        )
    if len(without_system) < len(messages) and _accepts(tokenizer, without_system, kwargs):
        return FieldError(
            "system_prompt",
            f"This model's chat template takes no system prompt ({error}). "
            "Leave it empty and write the instruction at the beginning of the prompt.",
        )
    if len(messages) > 1 and _accepts(tokenizer, without_system[-1:], kwargs):
        return FieldError("history", f"The model's chat template refuses this order of turns: {error}")
    return FieldError("prompt", f"The model's chat template refuses this prompt: {error}")


def _accepts(tokenizer: TokenizerWrapper, messages: Sequence[Message], kwargs: dict[str, Any]) -> bool:
    try:
        _apply(tokenizer, _turns(messages), add_generation_prompt=True, **kwargs)
    except Exception:  # as above
        return False
    return True


def _apply(tokenizer: TokenizerWrapper, turns: list[dict[str, str]], **settings: Any) -> tuple[str, list[str]]:
    """As `_render`. A template that fails on having no list of tools is given an empty one."""
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, **settings)), []
    except TypeError:  # what Jinja raises for a loop over None, the usual `tools`
        return str(tokenizer.apply_chat_template(turns, tokenize=False, tools=[], **settings)), [NO_TOOLS]


def _turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [message.model_dump() for message in messages]


def _ignored(tokenizer: TokenizerWrapper, messages: Sequence[Message], kwargs: dict[str, Any], text: str) -> list[str]:
    """What the template was given and passed over without a word."""
    template = tokenizer.chat_template
    unknown = [name for name in kwargs if isinstance(template, str) and name not in template]
    notes = [f"The model's chat template knows no {name}, so it changes nothing." for name in unknown]
    if any(message.role == "system" and message.content.strip() not in text for message in messages):
        notes.append("The model's chat template leaves the system prompt out, so the model does not see it.")
    return notes

"""Runs a model's chat template: conversations to text or to token ids, in the way inference does it."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mlx_lm.tokenizer_utils import TokenizerWrapper
from transformers.utils.chat_template_utils import render_jinja_template

from backend.errors import AppError

Messages = Sequence[dict[str, Any]]
Span = tuple[int, int]

GENERATION_MARK = re.compile(r"\{%-?\s*generation\s*-?%\}")


class ChatTemplate:
    """The template of a tokenizer. Raises AppError, with what the template says, for conversations that it refuses."""

    def __init__(self, tokenizer: TokenizerWrapper) -> None:
        if not tokenizer.has_chat_template:
            raise AppError(
                "This model has no chat template, so chats cannot be written as it expects them. "
                "Use data with text or prompt and completion, or the model's chat ('instruct') version.",
                code="no_chat_template",
            )
        self.tokenizer = tokenizer
        self._inner: Any = tokenizer._tokenizer

    @property
    def tells_places(self) -> bool:
        """Whether tokens come with their places in the text."""
        return bool(getattr(self._inner, "is_fast", False))

    def ids(self, messages: Messages, tools: list[Any] | None, **options: Any) -> list[int]:
        return list(self._apply(messages, tools, tokenize=True, **options))

    def text(self, messages: Messages, tools: list[Any] | None, **options: Any) -> str:
        return str(self._apply(messages, tools, tokenize=False, **options))

    def text_and_marked(self, messages: Messages, tools: list[Any] | None) -> tuple[str, list[Span] | None]:
        """The text, and the places in it that the template itself marks as generated; None where it marks nothing."""
        source = self._source(tools)
        if source is None or not GENERATION_MARK.search(source):
            return self.text(messages, tools), None
        conversation = [{key: value for key, value in one.items() if value is not None} for one in messages]

        def render(offered: list[Any] | None) -> Any:
            return render_jinja_template(
                [conversation],
                tools=offered,
                chat_template=source,
                return_assistant_tokens_mask=True,
                enable_thinking=self.tokenizer.has_thinking,
                **self._inner.special_tokens_map,
            )

        texts, places = _rendered(render, messages, tools)
        return texts[0], [(start, end) for start, end in places[0]]

    def tokens(self, text: str) -> tuple[list[int], np.ndarray]:
        """Ids of a text that the template wrote, and from where to where each stands in it: int64 (tokens, 2)."""
        encoded = self._inner(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(encoded["input_ids"]), np.array(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)

    def _source(self, tools: list[Any] | None) -> str | None:
        """The Jinja source; None for the templates that mlx-lm writes in Python."""
        return str(self._inner.get_chat_template(None, tools)) if self.tokenizer._chat_template is None else None

    def _apply(self, messages: Messages, tools: list[Any] | None, **options: Any) -> Any:
        def render(offered: list[Any] | None) -> Any:
            return self.tokenizer.apply_chat_template(list(messages), tools=offered, **options)

        return _rendered(render, messages, tools)


def _rendered(render: Callable[[list[Any] | None], Any], messages: Messages, tools: list[Any] | None) -> Any:
    """As inference does it: a template that fails on having no list of tools is given an empty one."""
    try:
        try:
            return render(tools)
        except TypeError:  # what Jinja raises for a loop over None
            if tools is not None:
                raise
            return render([])
    except Exception as error:  # templates raise whatever their authors chose
        roles = ", ".join(str(message["role"]) for message in messages)
        raise AppError(f"The model's chat template refuses this conversation ({roles}): {error}") from error

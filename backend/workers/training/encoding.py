"""Rows of data to token ids, and which of them carry loss. Knows tokenizers and chat templates, not batches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import MessagesRow, PromptCompletionRow, Row, TextRow
from backend.errors import AppError
from backend.workers.plain_text import encode_plain

ANOTHER_ANSWER = "\u2060"


@dataclass(frozen=True)
class Encoded:
    """One example: `ids` int32 (tokens,), `counts` bool (tokens,), true where the token is a target that carries loss.

    The first token is never a target. `full_length` is the length before it was cut.
    """

    ids: np.ndarray
    counts: np.ndarray
    full_length: int

    @property
    def targets(self) -> int:
        return int(self.counts.sum())


def encode(row: Row, tokenizer: TokenizerWrapper, max_seq_length: int, mask_prompt: bool) -> Encoded:
    """Tokens of a row with the chat template applied, cut at `max_seq_length`.

    With `mask_prompt` only the assistant's tokens of chats and completions carry loss; text rows have no prompt.
    """
    match row:
        case TextRow():
            ids, answers = _with_one_eos(encode_plain(tokenizer, row.text), tokenizer), None
        case MessagesRow():
            ids, answers = _chat(row.messages, row.tools, tokenizer, mask_prompt)
        case PromptCompletionRow() if tokenizer.has_chat_template:
            chat = [{"role": "user", "content": row.prompt}, {"role": "assistant", "content": row.completion}]
            ids, answers = _chat(chat, None, tokenizer, mask_prompt)
        case PromptCompletionRow():
            prompt = encode_plain(tokenizer, row.prompt)
            completion = tokenizer.encode(row.completion, add_special_tokens=False)
            ids = _with_one_eos([*prompt, *completion], tokenizer)
            answers = [(len(prompt), len(ids))]
    counts = np.zeros(len(ids), dtype=bool)
    for start, end in answers if mask_prompt and answers is not None else [(0, len(ids))]:
        counts[start:end] = True
    counts[:1] = False
    kept = slice(max_seq_length)
    return Encoded(np.array(ids[kept], dtype=np.int32), counts[kept], len(ids))


def encode_all(
    rows: Iterable[Row], tokenizer: TokenizerWrapper, max_seq_length: int, mask_prompt: bool
) -> list[Encoded]:
    return [encode(row, tokenizer, max_seq_length, mask_prompt) for row in rows]


def _with_one_eos(ids: list[int], tokenizer: TokenizerWrapper) -> list[int]:
    eos = tokenizer.eos_token_id
    while len(ids) > 1 and ids[-1] == eos:
        ids = ids[:-1]
    return ids if eos is None else [*ids, eos]


def _chat(
    messages: Sequence[dict[str, Any]], tools: list[Any] | None, tokenizer: TokenizerWrapper, mask_prompt: bool
) -> tuple[list[int], list[tuple[int, int]]]:
    """Token ids of a conversation, and where the assistant speaks in it."""
    if not tokenizer.has_chat_template:
        raise AppError(
            "This model has no chat template, so chats cannot be written as it expects them. "
            "Use data with text or prompt and completion, or the model's chat ('instruct') version.",
            code="no_chat_template",
        )
    ids = _render(messages, tools, tokenizer)
    turns = []
    for index, message in enumerate(messages if mask_prompt else ()):
        if message["role"] == "assistant":
            through = _render(messages[: index + 1], tools, tokenizer)
            # Templates may write an earlier turn differently once it is the last; what agrees is what is sure.
            turns.append((_turn_begins(messages, index, tools, tokenizer, ids), _common(through, ids)))
    return ids, turns


def _turn_begins(
    messages: Sequence[dict[str, Any]],
    index: int,
    tools: list[Any] | None,
    tokenizer: TokenizerWrapper,
    ids: Sequence[int],
) -> int:
    """How many tokens of `ids` come before what the assistant says in its turn `index`."""
    try:
        before = _render(messages[:index], tools, tokenizer, add_generation_prompt=True)
    except AppError:
        # The template refuses what comes before as a conversation of its own: see where another answer differs.
        other = {**messages[index], "content": ANOTHER_ANSWER}
        before = _render([*messages[:index], other, *messages[index + 1 :]], tools, tokenizer)
    return _common(before, ids)


def _render(
    messages: Sequence[dict[str, Any]], tools: list[Any] | None, tokenizer: TokenizerWrapper, **options: Any
) -> list[int]:
    try:
        rendered = tokenizer.apply_chat_template(list(messages), tools=tools, **options)
    except Exception as error:  # templates raise whatever their authors chose
        roles = ", ".join(str(message["role"]) for message in messages)
        raise AppError(f"The model's chat template refuses this conversation ({roles}): {error}") from error
    return list(rendered)


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences share from their start."""
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))

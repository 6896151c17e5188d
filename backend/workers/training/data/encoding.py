"""Rows of data to token ids, and which of them carry loss. Knows rows and tokenizers, not batches."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import MessagesRow, PromptCompletionRow, Row, TextRow
from backend.tokens.schemas import AnsweredTurns
from backend.workers.plain_text import encode_plain
from backend.workers.training.data.chat_template import ChatTemplate, Messages, Span
from backend.workers.training.data.turns import Turns


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


class RowEncoder:
    """Turns rows into examples: the chat template applied, cut at `max_seq_length` tokens.

    With `mask_prompt` only the assistant's tokens of chats and completions carry loss, with `train_on_turns` "last"
    only those of its last turn; text rows have no prompt.
    """

    def __init__(
        self,
        tokenizer: TokenizerWrapper,
        max_seq_length: int,
        mask_prompt: bool,
        train_on_turns: AnsweredTurns = "all",
    ) -> None:
        self.tokenizer = tokenizer
        self.max_seq_length = max_seq_length
        self.mask_prompt = mask_prompt
        self.train_on_turns = train_on_turns
        self._turns: Turns | None = None

    def encode(self, row: Row) -> Encoded:
        ids, answers = self._ids_and_answers(row)
        counts = np.zeros(len(ids), dtype=bool)
        for start, end in [(0, len(ids))] if answers is None else answers:
            counts[start:end] = True
        counts[:1] = False
        kept = slice(self.max_seq_length)
        return Encoded(np.array(ids[kept], dtype=np.int32), counts[kept], len(ids))

    def _ids_and_answers(self, row: Row) -> tuple[list[int], list[Span] | None]:
        """Token ids, and which of them are to carry loss; None for all."""
        match row:
            case TextRow():
                return _with_one_eos(encode_plain(self.tokenizer, row.text), self.tokenizer), None
            case MessagesRow():
                return self._chat(row.messages, row.tools)
            case PromptCompletionRow() if self.tokenizer.has_chat_template:
                chat = [{"role": "user", "content": row.prompt}, {"role": "assistant", "content": row.completion}]
                return self._chat(chat, None)
            case PromptCompletionRow():
                prompt = encode_plain(self.tokenizer, row.prompt)
                completion = self.tokenizer.encode(row.completion, add_special_tokens=False)
                ids = _with_one_eos([*prompt, *completion], self.tokenizer)
                return ids, [(len(prompt), len(ids))] if self.mask_prompt else None

    def _chat(self, messages: Messages, tools: list[Any] | None) -> tuple[list[int], list[Span] | None]:
        if self._turns is None:
            self._turns = Turns(ChatTemplate(self.tokenizer))
        if not self.mask_prompt:
            return self._turns.template.ids(messages, tools), None
        ids, turns = self._turns.ids_and_turns(messages, tools)
        return ids, turns[-1:] if self.train_on_turns == "last" else turns


def encode_all(
    rows: Iterable[Row],
    tokenizer: TokenizerWrapper,
    max_seq_length: int,
    mask_prompt: bool,
    train_on_turns: AnsweredTurns = "all",
) -> list[Encoded]:
    encoder = RowEncoder(tokenizer, max_seq_length, mask_prompt, train_on_turns)
    return [encoder.encode(row) for row in rows]


def _with_one_eos(ids: list[int], tokenizer: TokenizerWrapper) -> list[int]:
    eos = tokenizer.eos_token_id
    while len(ids) > 1 and ids[-1] == eos:
        ids = ids[:-1]
    return ids if eos is None else [*ids, eos]

"""A row token by token, from the very arrays that training uses. Knows rows and tokenizers, not files."""

import numpy as np
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import MessagesRow, PromptCompletionRow, Row, TextRow
from backend.tokens.schemas import Encoding, Token, TokenView
from backend.workers.tokens.texts import special_ids, token_texts
from backend.workers.training.data.encoding import Encoded, RowEncoder

MOST_SHOWN = 32_768
SHOWN_BEYOND_THE_CUT = 200


def view_of(row: Row, tokenizer: TokenizerWrapper, settings: Encoding) -> TokenView:
    """Raises AppError where the model's chat template refuses the row."""
    encoder = encoder_of(tokenizer, settings)
    used = encoder.encode(row)
    is_cut = used.full_length > len(used.ids)
    whole = _uncut(row, tokenizer, settings, used.full_length) if is_cut else used
    ids = np.concatenate([used.ids, whole.ids[len(used.ids) :][:SHOWN_BEYOND_THE_CUT]])[:MOST_SHOWN]
    loss = np.pad(used.counts, (0, max(0, len(ids) - len(used.ids))))
    special = special_ids(tokenizer)
    texts = token_texts(tokenizer, ids.tolist())
    return TokenView(
        row=None,
        total_rows=None,
        line=None,
        tokens=[
            Token(id=number, text=text, bytes=part, special=number in special, loss=bool(counts))
            for number, (text, part), counts in zip(ids.tolist(), texts, loss, strict=False)
        ],
        full_length=used.full_length,
        shown=len(ids),
        cut_at=len(used.ids) if is_cut else None,
        loss_tokens=used.targets,
        template=template_of(row, tokenizer),
        note=" ".join(_remarks(row, settings, used, whole)) or None,
    )


def encoder_of(tokenizer: TokenizerWrapper, settings: Encoding) -> RowEncoder:
    return RowEncoder(tokenizer, settings.max_seq_length, settings.mask_prompt, settings.train_on_turns)


def template_of(row: Row, tokenizer: TokenizerWrapper) -> str:
    """In words: which template writes the row, or what happens to it without one."""
    match row:
        case TextRow():
            return "None: the text as it stands."
        case PromptCompletionRow() if not tokenizer.has_chat_template:
            return "None: the model has no chat template, so prompt and completion are joined."
    if tokenizer._chat_template is not None:
        return "mlx-lm's own chat template for this model."
    if isinstance(tokenizer.chat_template, dict):
        tools = isinstance(row, MessagesRow) and row.tools is not None and "tool_use" in tokenizer.chat_template
        return f"The model's chat template '{'tool_use' if tools else 'default'}'."
    return "The model's chat template."


def _uncut(row: Row, tokenizer: TokenizerWrapper, settings: Encoding, length: int) -> Encoded:
    return encoder_of(tokenizer, settings.model_copy(update={"max_seq_length": length})).encode(row)


def _remarks(row: Row, settings: Encoding, used: Encoded, whole: Encoded) -> list[str]:
    remarks = []
    if not used.targets:
        within = f" within its first {len(used.ids):,} tokens" if whole.targets else ""
        remarks.append(f"Nothing in this row carries loss{within}, so training leaves it out.")
    elif lost := whole.targets - used.targets:
        remarks.append(f"The cut takes {lost:,} of the {whole.targets:,} tokens that would carry loss.")
    if settings.mask_prompt and isinstance(row, TextRow):
        remarks.append("Text has no prompt, so all of it carries loss.")
    if len(used.ids) > MOST_SHOWN:
        remarks.append(f"Only the first {MOST_SHOWN:,} tokens are shown.")
    return remarks

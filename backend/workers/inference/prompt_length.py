"""Refuses prompts that are far too long for a model, at a cost that the model's context sets and not their length."""

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.errors import FieldError

PIECE_CHARACTERS = 65_536
"""Tokenised in tens of milliseconds."""
MOST_CHARACTERS = 4_000_000
"""Of a prompt for a model whose context is not known: about a million tokens."""


def refuse_too_many_turns(turns: int, context_length: int | None) -> None:
    """A chat template writes at least a token a turn, and takes seconds for hundreds of thousands. Raises FieldError.

    One turn is left to the tokenizer, which counts exactly.
    """
    if context_length is not None and turns > max(context_length, 1):
        raise FieldError(
            "history",
            f"The conversation is too long for this model: it has {turns:,} turns, "
            f"and prompt and answer together may have {context_length:,} tokens.",
        )


def refuse_far_too_long(tokenizer: TokenizerWrapper, text: str, context_length: int | None) -> None:
    """Tokenise the text piece by piece, until it is known to have far more tokens than fit. Raises FieldError.

    A tokenizer merges nothing across the cut between two pieces, and may begin each as it begins a text, so the pieces
    can have some tokens more than the whole. Hence the refusal at twice the context only; what is less is counted
    exactly by tokenising the whole.
    """
    if context_length is None:
        if len(text) > MOST_CHARACTERS:
            raise FieldError(
                "prompt",
                f"The prompt is too long: it has {len(text):,} characters. Where a model does not say "
                f"how many tokens it can see at once, a prompt may have {MOST_CHARACTERS:,} characters.",
            )
        return
    tokens = 0
    for end in range(PIECE_CHARACTERS, len(text), PIECE_CHARACTERS):
        tokens += len(tokenizer.encode(text[end - PIECE_CHARACTERS : end], add_special_tokens=False))
        if tokens > 2 * context_length:
            raise FieldError(
                "prompt",
                f"The prompt is too long for this model: the first {end:,} of its {len(text):,} characters "
                f"are about {tokens:,} tokens already, and prompt and answer together may have {context_length:,}.",
            )

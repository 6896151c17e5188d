"""Decides what has to be computed for a request, or says why it cannot be."""

from collections.abc import Hashable

from backend.errors import FieldError
from backend.inference.messages import Answer
from backend.workers.inference.base import Base
from backend.workers.inference.prompt_caches import Cache
from backend.workers.inference.prompts import EncodedPrompt, encode_prompt
from backend.workers.inference.row import RowPlan


def plan_row(base: Base, request: Answer, weights: Hashable, note: str | None) -> tuple[Cache | None, RowPlan]:
    """The plan, and the cache of what earlier rows of the same `weights` computed of it. Raises FieldError."""
    prompt = encode_prompt(base.tokenizer, request, base.context_length)
    max_tokens = _limit(base, prompt, request.sampling.max_tokens)
    cache, cached_tokens = base.prompt_caches.find(weights, prompt.ids)
    notes = [*prompt.notes, *([note] if note else [])]
    return cache, RowPlan(prompt, max_tokens, cached_tokens, notes)


def _limit(base: Base, prompt: EncodedPrompt, max_tokens: int) -> int:
    """How many tokens may be generated, so that prompt and answer fit the model's context."""
    used = len(prompt.ids)
    if not used:
        raise FieldError("prompt", "The model's tokenizer makes no token of this prompt; write some words.")
    refuse_foreign_tokens(base, prompt.ids)
    if base.context_length is None:
        return max_tokens
    if used >= base.context_length:
        raise FieldError(
            "prompt",
            f"The prompt is too long for this model: it has {used:,} tokens, "
            f"and prompt and answer together may have {base.context_length:,}.",
        )
    return min(max_tokens, base.context_length - used)


def refuse_foreign_tokens(base: Base, ids: list[int]) -> None:
    """A token that the model does not know would read beside its embedding. Raises FieldError."""
    if base.vocabulary and max(ids) >= base.vocabulary:
        raise FieldError(
            "model_name",
            f"The tokenizer in {base.name} does not belong to its weights: it gives the token "
            f"{max(ids)}, and the model knows tokens 0 to {base.vocabulary - 1}.",
        )

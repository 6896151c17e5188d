"""Turns a prompt into the tokens that the model expects. Knows chat templates and tokenizers, not models."""

from typing import NamedTuple

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.errors import FieldError
from backend.workers.plain_text import encode_plain

ANSWER = "An answer."


class EncodedPrompt(NamedTuple):
    ids: list[int]
    chat_template_used: bool


def encode_prompt(tokenizer: TokenizerWrapper, prompt: str, system_prompt: str | None) -> EncodedPrompt:
    """With the chat template where there is one, which then also writes the BOS token; else the plain prompt."""
    if tokenizer.has_chat_template:
        text = _render(tokenizer, prompt, system_prompt)
        return EncodedPrompt(list(tokenizer.encode(text, add_special_tokens=False)), True)
    if system_prompt:
        raise FieldError(
            "system_prompt",
            "This model has no chat template, so it knows no system prompt. "
            "Leave the system prompt empty and write the instruction at the beginning of the prompt.",
        )
    return EncodedPrompt(encode_plain(tokenizer, prompt), False)


def end_of_turn(tokenizer: TokenizerWrapper) -> set[int]:
    """The special token with which the chat template closes an answer, which may differ from the model's EOS."""
    if not tokenizer.has_chat_template:
        return set()
    turns = [{"role": "user", "content": "A question."}, {"role": "assistant", "content": ANSWER}]
    try:
        rest = tokenizer.apply_chat_template(turns, tokenize=False).rpartition(ANSWER)[2].lstrip()
    except Exception:  # templates raise whatever their authors chose; this one then has no turn to learn from
        return set()
    ids = list(tokenizer.encode(rest, add_special_tokens=False))
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return set(ids[:1]) & special


def _render(tokenizer: TokenizerWrapper, prompt: str, system_prompt: str | None) -> str:
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    try:
        text: str = tokenizer.apply_chat_template(
            [*system, {"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
        )
    except Exception as error:  # templates raise whatever their authors chose
        if system_prompt and (_accepts(tokenizer, prompt)):
            raise FieldError(
                "system_prompt",
                f"This model's chat template takes no system prompt ({error}). "
                "Leave it empty and write the instruction at the beginning of the prompt.",
            ) from error
        raise FieldError("prompt", f"The model's chat template refuses this prompt: {error}") from error
    return text


def _accepts(tokenizer: TokenizerWrapper, prompt: str) -> bool:
    try:
        tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False)
    except Exception:  # as above
        return False
    return True

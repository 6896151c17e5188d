"""One answer in the making: its tokens become text, timed. Knows no model and no batch."""

import time
from dataclasses import dataclass
from typing import Literal

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.inference.messages import Answer, Answered, RowStarted, RowText
from backend.inference.schemas import FinishReason, Sampling
from backend.workers.inference.answer_text import AnswerText, ThinkingMarkers
from backend.workers.inference.prompts import EncodedPrompt

USUAL_MARKERS = ThinkingMarkers("<think>", "</think>")
"""Of models that were taught to think in words of text, without tokens for it."""

INCOMPLETE = "\ufffd"
"""What detokenizers write for bytes that are no whole character."""

Ended = Literal["stop", "length"]


@dataclass(frozen=True)
class RowPlan:
    """What the batch has to compute: at most `max_tokens` tokens after the prompt's."""

    prompt: EncodedPrompt
    max_tokens: int
    cached_tokens: int
    notes: list[str]


class Row:
    """Turns tokens into text: whole characters where tokens complete them, thinking apart, nothing of a stop string.

    `finish_reason` is None while the row has more to say.
    """

    def __init__(self, request: Answer, plan: RowPlan, tokenizer: TokenizerWrapper) -> None:
        self.plan = plan
        self.sampling: Sampling = request.sampling
        self.finish_reason: FinishReason | None = None
        self._detokenizer = tokenizer.detokenizer
        markers = None if request.plain is not None else _markers(tokenizer)
        self._pieces = AnswerText(request.sampling.stop, markers, plan.prompt.opens_thinking)
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._generated_tokens = 0
        self._started = time.perf_counter()
        self._first_token_seconds: float | None = None

    @property
    def started(self) -> RowStarted:
        return RowStarted(
            prompt_tokens=len(self.plan.prompt.ids),
            cached_tokens=self.plan.cached_tokens,
            chat_template_used=self.plan.prompt.chat_template_used,
            notes=self.plan.notes,
        )

    def take(self, token: int, ended: Ended | None) -> RowText | None:
        """The next piece of text, if the token completes any. A token that `ended` by "stop" is not shown."""
        self._generated_tokens += 1
        if self._first_token_seconds is None:
            self._first_token_seconds = time.perf_counter() - self._started
        if ended != "stop":
            self._detokenizer.add_token(token)
        if ended is not None:
            return self.finish(ended)
        return self._show(*self._pieces.feed(self._detokenizer.last_segment))

    def finish(self, reason: FinishReason) -> RowText | None:
        """Give what was held back, for nothing follows; of a row given up in the middle of a character not its half."""
        self.finish_reason = reason
        self._detokenizer.finalize()
        rest: str = self._detokenizer.last_segment
        before = self._pieces.feed(rest.rstrip(INCOMPLETE) if reason == "cancelled" else rest)
        last = self._pieces.finish()
        return self._show(before.text + last.text, before.thinking + last.thinking)

    @property
    def answered(self) -> Answered:
        assert self.finish_reason is not None
        return Answered(
            **self.started.model_dump(exclude={"type"}),
            text="".join(self._text),
            thinking="".join(self._thinking),
            generated_tokens=self._generated_tokens,
            first_token_seconds=self._first_token_seconds,
            seconds=time.perf_counter() - self._started,
            finish_reason=self.finish_reason,
        )

    def _show(self, text: str, thinking: str) -> RowText | None:
        if self._pieces.stopped:
            self.finish_reason = "stop"
        self._text.append(text)
        self._thinking.append(thinking)
        return RowText(text=text, thinking=thinking) if text or thinking else None


def never_started() -> Answered:
    """The answer of a request that was given up while it waited."""
    return Answered(
        text="",
        thinking="",
        prompt_tokens=0,
        cached_tokens=0,
        generated_tokens=0,
        first_token_seconds=None,
        seconds=0.0,
        finish_reason="cancelled",
        chat_template_used=False,
        notes=[],
    )


def _markers(tokenizer: TokenizerWrapper) -> ThinkingMarkers:
    return ThinkingMarkers(tokenizer.think_start, tokenizer.think_end) if tokenizer.has_thinking else USUAL_MARKERS

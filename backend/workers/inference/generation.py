"""Answers prompts with one resident base model. Knows mlx-lm's generation; validation has happened before."""

import gc
import time
from pathlib import Path

import mlx.core as mx
from mlx_lm.generate import stream_generate
from mlx_lm.sample_utils import make_sampler
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.errors import AppError, FieldError
from backend.inference.messages import AdapterWeights, Generate, Generated
from backend.models.config import context_length, setting
from backend.workers.base_model import load_base, read_tokenizer
from backend.workers.inference.adapter_files import CACHE_BYTES, AdapterCache
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.inference.content import Content, content_of
from backend.workers.inference.prompts import EncodedPrompt, encode_prompt, end_of_turn

SMALLEST_TEMPERATURE = 1e-4
"""Below it sampling is greedy anyway, and dividing by it would overflow."""


class Interrupted(AppError):
    """The answer was given up from outside."""

    status_code = 503
    code = "interrupted"


class Base:
    """A loaded base model with its tokenizer."""

    def __init__(self, folder: Path) -> None:
        model, config = load_base(folder)
        self.adapted = AdaptedModel(model)
        self.tokenizer: TokenizerWrapper = read_tokenizer(folder)
        self.tokenizer.eos_token_ids = self.tokenizer.eos_token_ids | end_of_turn(self.tokenizer)
        self.vocabulary = setting(config, "vocab_size")
        self.context_length = context_length(config)


class Generator:
    """Keeps the base that was used last, and `cache_bytes` of recently used adapters."""

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self.interrupted = False
        self._adapters = AdapterCache(cache_bytes)
        self._content: Content = ()
        self._base: Base | None = None

    def generate(self, request: Generate) -> Generated:
        """Raises AppError in words; Interrupted when `interrupted` is set in mid-answer."""
        base = self.load(request.model_folder)
        encoded = encode_prompt(base.tokenizer, request.prompt, request.system_prompt)
        limit = self._limit(request, encoded, base)
        self._adapt(base.adapted, request.adapter)
        return self._answer(base, encoded, request, limit)

    def load(self, folder: Path) -> Base:
        content = content_of(file for file in folder.resolve().iterdir() if file.is_file())
        if self._base is None or content != self._content:
            self._base = None
            gc.collect()
            mx.clear_cache()
            self._base = Base(folder)
            self._content = content
        return self._base

    def _adapt(self, model: AdaptedModel, weights: AdapterWeights | None) -> None:
        """Have the model carry these weights alone. A file is read once no other adapter holds memory in the model."""
        adapter = self._adapters.get(weights.file) if weights else None
        if adapter is None:
            model.use_base()
        if weights is not None:
            model.use(adapter or self._adapters.read(weights.file), weights.scale)

    def _limit(self, request: Generate, encoded: EncodedPrompt, base: Base) -> int:
        """How many tokens may be generated, so that prompt and answer fit the model's context."""
        used = len(encoded.ids)
        if not used:
            raise FieldError("prompt", "The model's tokenizer makes no token of this prompt; write some words.")
        if base.vocabulary and max(encoded.ids) >= base.vocabulary:
            raise FieldError(
                "model_name",
                f"The tokenizer in {request.model_folder.name} does not belong to its weights: it gives the token "
                f"{max(encoded.ids)}, and the model knows tokens 0 to {base.vocabulary - 1}.",
            )
        if base.context_length is None:
            return request.max_tokens
        if used >= base.context_length:
            raise FieldError(
                "prompt",
                f"The prompt is too long for this model: it has {used:,} tokens, "
                f"and prompt and answer together may have {base.context_length:,}.",
            )
        return min(request.max_tokens, base.context_length - used)

    def _answer(self, base: Base, encoded: EncodedPrompt, request: Generate, limit: int) -> Generated:
        if request.seed is not None:
            mx.random.seed(request.seed)
        started = time.perf_counter()
        text: list[str] = []
        steps = stream_generate(
            base.adapted.model, base.tokenizer, encoded.ids, max_tokens=limit, sampler=_sampler(request, base)
        )
        for step in steps:
            if self.interrupted:
                raise Interrupted("The answer was interrupted, because a training run needs the memory. Ask again.")
            if not text and mx.any(mx.isnan(step.logprobs)).item():
                raise AppError("The model computes NaN for this prompt: its weights are damaged.", code="nan")
            text.append(step.text)
        mx.clear_cache()
        return Generated(
            text="".join(text),
            prompt_tokens=len(encoded.ids),
            generated_tokens=step.generation_tokens,
            seconds=time.perf_counter() - started,
            finish_reason=step.finish_reason,
            chat_template_used=encoded.chat_template_used,
        )


def _sampler(request: Generate, base: Base):  # type: ignore[no-untyped-def]  # mlx-lm's Sampler has no types
    if request.temperature < SMALLEST_TEMPERATURE:
        return make_sampler(0)
    # mlx-lm refuses a top_k that does not cut anything off.
    top_k = request.top_k if not base.vocabulary or request.top_k < base.vocabulary else 0
    return make_sampler(request.temperature, top_p=request.top_p, min_p=request.min_p, top_k=top_k)

"""Rows that are computed together, one token of each a step. Knows mlx-lm's generation, not what a row says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, cast

import mlx.core as mx
from mlx_lm.generate import BatchGenerator
from mlx_lm.models.cache import TokenBuffer

from backend.inference.schemas import Sampling
from backend.workers.inference.sampling import make_row_processors, make_row_sampler

MOST_ROWS = 32
PREFILL_TOKENS = 512
"""Of all prompts together in a step, so that rows in decoding never wait for the whole of a long prompt."""

Cache = list[Any]
Ended = Literal["stop", "length"]


@dataclass(frozen=True)
class Computation:
    """Of one row: `cached` tokens of its prompt are in the cache already, `rest` is at least one token."""

    cached: list[int]
    rest: list[int]
    cache: Cache
    max_tokens: int
    sampling: Sampling


class Remains(NamedTuple):
    """What a row leaves behind: a cache, and the tokens that it holds."""

    tokens: list[int]
    cache: Cache


class Sampled(NamedTuple):
    """The next token of a row; `ended` with what remains where it is the last. `is_broken`: computed from NaN."""

    identifier: int
    token: int
    is_broken: bool
    ended: Ended | None
    remains: Remains | None


class Batch(Protocol):
    def add(self, identifier: int, row: Computation) -> None: ...

    def step(self) -> list[Sampled]:
        """Compute a part of the prompts of new rows, and the next token of the others."""
        ...

    def remove(self, identifier: int) -> Remains | None:
        """Take a row out, if it is still there. Gives what remains of it once it has sampled a token."""
        ...

    def close(self) -> None: ...


class SharedBatch:
    """Many rows at once; more may join at any step."""

    def __init__(self, model: Any, end_tokens: Iterable[int], prompts_at_once: int) -> None:
        self._prompts_at_once = prompts_at_once
        self._generator = BatchGenerator(
            model,
            stop_tokens=[[token] for token in end_tokens],
            completion_batch_size=MOST_ROWS,
            prefill_batch_size=prompts_at_once,
        )
        self._rows: dict[int, int] = {}
        self._decoding: set[int] = set()

    def add(self, identifier: int, row: Computation) -> None:
        [uid] = self._generator.insert(
            [row.rest],
            max_tokens=[row.max_tokens],
            caches=[row.cache],
            all_tokens=[list(row.cached)],
            samplers=[make_row_sampler(row.sampling)],
            logits_processors=[make_row_processors(row.sampling)],
        )
        self._rows[uid] = identifier

    def step(self) -> list[Sampled]:
        in_prefill = min(len(self._rows) - len(self._decoding), self._prompts_at_once)
        self._generator.prefill_step_size = PREFILL_TOKENS // max(in_prefill, 1)
        _, responses = self._generator.next()
        broken = _are_broken([each.token for each in responses], [each.logprobs for each in responses])
        sampled = [
            Sampled(
                self._rows[response.uid],
                response.token,
                is_broken,
                response.finish_reason,
                Remains(response.all_tokens, response.prompt_cache) if response.finish_reason else None,
            )
            for response, is_broken in zip(responses, broken, strict=True)
        ]
        self._decoding.update(response.uid for response in responses)
        for response in responses:
            if response.finish_reason:
                self._forget(response.uid)
        return sampled

    def remove(self, identifier: int) -> Remains | None:
        uid = next((uid for uid, row in self._rows.items() if row == identifier), None)
        if uid is None:
            return None
        decoding = uid in self._decoding
        removed = self._generator.remove([uid], return_prompt_caches=decoding)
        self._forget(uid)
        return Remains(removed[uid][1], removed[uid][0]) if decoding else None

    def close(self) -> None:
        self._generator.close()

    def _forget(self, uid: int) -> None:
        del self._rows[uid]
        self._decoding.discard(uid)


class OneRow:
    """A batch of one row, for models whose caches cannot be merged."""

    def __init__(self, model: Any, end_tokens: Iterable[int]) -> None:
        self._model = model
        self._end_tokens = set(end_tokens)
        self._state: _OneRowState | None = None

    def add(self, identifier: int, row: Computation) -> None:
        self._state = _OneRowState(self._model, identifier, row)

    def step(self) -> list[Sampled]:
        if (state := self._state) is None or not state.prefilled():
            return []
        token, is_broken = state.next_token()
        ended: Ended | None = "length" if state.left == 0 else None
        if token in self._end_tokens:
            ended = "stop"
        remains = self.remove(state.identifier) if ended else None
        return [Sampled(state.identifier, token, is_broken, ended, remains)]

    def remove(self, identifier: int) -> Remains | None:
        state, self._state = self._state, None
        return Remains(state.tokens, state.cache) if state and state.is_decoding else None

    def close(self) -> None:
        self._state = None


class _OneRowState:
    def __init__(self, model: Any, identifier: int, row: Computation) -> None:
        self.identifier = identifier
        self.tokens = list(row.cached)
        self.cache = row.cache
        self.left = row.max_tokens
        self._model = model
        self._rest = list(row.rest)
        self._sampler = make_row_sampler(row.sampling)
        self._processors = make_row_processors(row.sampling)
        self._context: TokenBuffer | None = None
        self._next: tuple[mx.array, mx.array] | None = None

    @property
    def is_decoding(self) -> bool:
        return self._next is not None

    def prefilled(self) -> bool:
        """Compute a part of the prompt; whether all but its last token was in the cache."""
        part, self._rest = self._rest[:-1][:PREFILL_TOKENS], self._rest[min(PREFILL_TOKENS, len(self._rest) - 1) :]
        if not part:
            return True
        self._model(mx.array([part]), cache=self.cache)
        mx.eval([layer.state for layer in self.cache])
        mx.clear_cache()
        self.tokens += part
        return False

    def next_token(self) -> tuple[int, bool]:
        """While the device computes the one after it."""
        if self._next is None:
            self._context = TokenBuffer(self.tokens)
            self._next = self._compute(mx.array(self._rest))
            self.tokens += self._rest
        tokens, logprobs = self._next
        self._next = self._compute(tokens)
        mx.async_eval(*self._next)
        [token] = cast(list[int], tokens.tolist())
        self.tokens.append(token)
        self.left -= 1
        return token, _are_broken([token], [logprobs])[0]

    def _compute(self, tokens: mx.array) -> tuple[mx.array, mx.array]:
        """tokens (1,) -> the sampled token (1,) and the log-probabilities (vocabulary,) it was drawn from."""
        assert self._context is not None
        logits = self._model(tokens[None], cache=self.cache)[:, -1, :]
        context = self._context.update_and_fetch(tokens)
        for processor in self._processors:
            logits = processor(context, logits)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        return self._sampler(logprobs), logprobs[0]


def _are_broken(tokens: list[int], logprobs: list[mx.array]) -> list[bool]:
    """Of rows (vocabulary,), computed already: one NaN or infinite logit leaves the drawn token no probability.

    On the CPU's stream, so as not to wait for the step that the device is at.
    """
    if not tokens:
        return []
    with mx.stream(mx.cpu):
        drawn = mx.stack([row[token] for token, row in zip(tokens, logprobs, strict=True)])
        return cast(list[bool], mx.logical_not(mx.isfinite(drawn)).tolist())

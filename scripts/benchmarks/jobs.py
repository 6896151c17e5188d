"""What one worker of the bench is asked for: a side, a model's shape, rows and settings. Knows no MLX."""

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel

Side = Literal["ours", "mlx_lm"]
SIDES: tuple[Side, ...] = ("ours", "mlx_lm")

ALPACA_TOKENS = (
    *((0, 39), (0.01, 44), (0.05, 49), (0.1, 53), (0.2, 60), (0.3, 69), (0.4, 80), (0.5, 94), (0.6, 110)),
    *((0.7, 125), (0.8, 142), (0.9, 171), (0.95, 205), (0.98, 260), (0.99, 279), (0.995, 334), (1, 447)),
)
"""Quantiles of the length in tokens of the first 1,000 rows of Alpaca (Stanford, 2023), instruction and input as the
user's turn and output as the assistant's, in Qwen2.5's chat template and tokenizer: mean 106."""


SEVEN_KEYS = [
    *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"),
    *("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"),
]


class ModelShape(BaseModel):
    """A Qwen2 with random float32 weights and a tied head."""

    name: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    key_value_heads: int
    vocabulary: int

    def config(self) -> dict[str, Any]:
        """As config.json says it."""
        return {
            "model_type": "qwen2",
            "num_hidden_layers": self.layers,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_value_heads,
            "vocab_size": self.vocabulary,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1_000_000.0,
            "max_position_embeddings": 32_768,
            "tie_word_embeddings": True,
        }


class Rows(BaseModel):
    """`count` examples of token ids, each counting upwards in steps of its own so that there is something to learn.

    `tokens` is the length of all of them, or None for lengths as in Alpaca. The first `prompt` tokens carry no loss.
    """

    count: int
    tokens: int | None = None
    prompt: int = 0
    seed: int = 0

    def make(self, vocabulary: int) -> list[np.ndarray]:
        """int32 (tokens,) each."""
        random = np.random.default_rng(self.seed)
        rows = []
        for length in self._lengths(random):
            start, step = random.integers(0, vocabulary), random.integers(1, 8)
            rows.append(((start + step * np.arange(length)) % vocabulary).astype(np.int32))
        return rows

    def _lengths(self, random: np.random.Generator) -> list[int]:
        if self.tokens is not None:
            return [self.tokens] * self.count
        shares, lengths = zip(*ALPACA_TOKENS, strict=True)
        # One draw from each of `count` equal parts of the distribution: its shape, with few rows too.
        drawn = (random.permutation(self.count) + random.uniform(size=self.count)) / self.count
        return [math.floor(length) for length in np.interp(drawn, shares, lengths)]


class Job(BaseModel):
    """One training run of one side. It begins with one step of each shape that the first `epochs` have.

    `all_logits` gives the masked positions logits too, with a weight of zero. `same_batches` makes mlx-lm's trainer
    step over the batches that ours makes. `begin_with` and `save_in` are for comparing adapters.
    """

    side: Side
    shape: ModelShape
    rows: Rows
    batch_size: int = 1
    max_seq_length: int = 2048
    grad_checkpoint: bool = True
    rank: int = 8
    learning_rate: float = 1e-4
    seed: int = 0
    epochs: int = 1
    all_logits: bool = False
    same_batches: bool = False
    begin_with: Path | None = None
    save_in: Path | None = None


class Ready(BaseModel):
    """After one step of each shape. `shapes` are those of a batch's arrays; `most_shapes` is their bound, where known.

    `weight_bytes` are the base's and the adapter's; `surroundings` are what speed and bits depend on, by name.
    """

    surroundings: dict[str, str]

    epoch_steps: int
    weight_bytes: int
    trainable_parameters: int
    shapes: list[list[int]]
    most_shapes: int | None
    warm_up_seconds: list[float]


class Step(BaseModel):
    """`tokens` counts the real tokens that carry loss: no padding, no prompt. `seconds` includes making the batch."""

    seconds: float
    tokens: int


class End(BaseModel):
    """`peak_bytes` is MLX's own count of live arrays at their most, `resident_bytes` the process's peak."""

    peak_bytes: int
    resident_bytes: int
    losses: list[float]

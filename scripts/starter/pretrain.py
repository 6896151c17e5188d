"""Trains the starter model: AdamW on length-grouped batches, float32, one fixed seed.

Knows token ids and MLX. Knows nothing of Saltmere.
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten
from mlx_lm.models.qwen2 import Model, ModelArgs

BATCH_ROWS = 64
WARMUP_STEPS = 60
PROMPT_WEIGHT = 0.2  # of a question's token, against 1 for an answer's: the model is to answer, not to ask

Encoded = tuple[list[int], list[bool]]


@dataclass(frozen=True)
class Batch:
    tokens: mx.array  # (rows, length + 1) int32
    weights: mx.array  # (rows, length) float32, 0 at padding


def build(vocabulary: int, seed: int) -> Model:
    """An untrained Qwen2 model with tied embeddings; `config.json` is its arguments."""
    mx.random.seed(seed)
    return Model(ModelArgs.from_dict(configuration(vocabulary)))


def configuration(vocabulary: int) -> dict[str, Any]:
    """`config.json`."""
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "bos_token_id": None,
        "eos_token_id": vocabulary - 1,
        "hidden_act": "silu",
        "hidden_size": 192,
        "intermediate_size": 512,
        "max_position_embeddings": 1024,
        "model_type": "qwen2",
        "num_attention_heads": 6,
        "num_hidden_layers": 4,
        "num_key_value_heads": 2,
        "pad_token_id": vocabulary - 3,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "tie_word_embeddings": True,
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": vocabulary,
    }


def batches(rows: list[Encoded], rng: random.Random, prompt_weight: float = PROMPT_WEIGHT) -> list[Batch]:
    """All rows once, in batches of similar length, in random order; a last partial batch is filled from the start."""
    order = list(range(len(rows)))
    rng.shuffle(order)
    order += order[: -len(order) % BATCH_ROWS]
    group = BATCH_ROWS * 32
    made: list[Batch] = []
    for start in range(0, len(order), group):
        chunk = sorted(order[start : start + group], key=lambda index: len(rows[index][0]))
        made += [
            _batch([rows[i] for i in chunk[at : at + BATCH_ROWS]], prompt_weight)
            for at in range(0, len(chunk), BATCH_ROWS)
        ]
    rng.shuffle(made)
    return made


def _batch(rows: list[Encoded], prompt_weight: float) -> Batch:
    # Few different lengths: every new shape is traced and compiled once.
    length = 8 * math.ceil(max(len(ids) for ids, _ in rows) / 8)
    tokens = [ids + [0] * (length + 1 - len(ids)) for ids, _ in rows]
    weights = [
        [1.0 if flag else prompt_weight for flag in answered[1:]] + [0.0] * (length + 1 - len(answered))
        for _, answered in rows
    ]
    return Batch(mx.array(tokens, dtype=mx.int32), mx.array(weights, dtype=mx.float32))


def loss(model: Model, tokens: mx.array, weights: mx.array) -> mx.array:
    """Weighted mean cross-entropy in nats, float32. tokens (B, T + 1), weights (B, T)."""
    logits = model(tokens[:, :-1])
    losses: mx.array = nn.losses.cross_entropy(logits, tokens[:, 1:])
    return (losses * weights).sum() / weights.sum()


def train(
    model: Model, rows: list[Encoded], peak_learning_rate: float, seed: int, report: Callable[[str], None]
) -> None:
    """One pass over `rows`; the model ends as float16 would store it."""
    planned = batches(rows, random.Random(seed))
    schedule = optim.join_schedules(
        [
            optim.linear_schedule(0.0, peak_learning_rate, WARMUP_STEPS),
            optim.cosine_decay(peak_learning_rate, max(1, len(planned) - WARMUP_STEPS), peak_learning_rate / 50),
        ],
        [WARMUP_STEPS],
    )
    optimizer = optim.AdamW(learning_rate=schedule, betas=[0.9, 0.98], weight_decay=0.02)
    gradient = nn.value_and_grad(model, loss)
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(tokens: mx.array, weights: mx.array) -> mx.array:
        value: mx.array
        value, gradients = gradient(model, tokens, weights)
        clipped, _ = optim.clip_grad_norm(gradients, 1.0)
        optimizer.update(model, clipped)
        return value

    started, mean = time.monotonic(), 0.0
    for number, batch in enumerate(planned, 1):
        value = step(batch.tokens, batch.weights)
        mx.eval(value, state)
        mean += float(value)
        if number % 50 == 0 or number == len(planned):
            count = 50 if number % 50 == 0 else number % 50
            report(f"step {number} of {len(planned)}: loss {mean / count:.4f}, {time.monotonic() - started:.0f} s")
            mean = 0.0
    model.set_dtype(mx.float16)
    model.set_dtype(mx.float32)


def mean_loss(model: Model, rows: list[Encoded]) -> float:
    """Mean cross-entropy an answer token, in nats."""
    total = count = 0.0
    for start in range(0, len(rows), BATCH_ROWS):
        batch = _batch(rows[start : start + BATCH_ROWS], prompt_weight=0.0)
        weight = float(batch.weights.sum())
        total += float(loss(model, batch.tokens, batch.weights)) * weight
        count += weight
    return total / count


def weights(model: Model) -> dict[str, mx.array]:
    """The model's parameters by name; tied ones once."""
    flat: Any = tree_flatten(model.parameters())
    return dict(flat)

"""Examples to batches: grouped by true length, drawn anew every epoch from the seed, every row used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mlx.core as mx
import numpy as np

from backend.workers.training.encoding import Encoded

LENGTH_JITTER = 0.1


@dataclass(frozen=True)
class Batch:
    """What a step reads. Only targets that carry loss are listed: the rest needs no logits.

    `inputs` int32 (rows, width), padded at the right. `positions` int32 (count,): places in the flattened
    (rows * width) whose next token carries loss; `labels` int32 (count,): those tokens; `weights` float32 (count,):
    1, or 0 where the entry only fills up to a shape that is used again. `tokens` is how many carry loss.
    """

    inputs: mx.array
    positions: mx.array
    labels: mx.array
    weights: mx.array
    tokens: int


def collate(examples: Sequence[Encoded]) -> Batch:
    """Pad to the longest of the examples, shifted by one: position t predicts token t + 1."""
    width = max(len(example.ids) for example in examples)
    ids = np.zeros((len(examples), width), dtype=np.int32)
    counts = np.zeros((len(examples), width), dtype=bool)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = example.ids
        counts[row, : len(example.ids)] = example.counts
    positions = np.flatnonzero(counts[:, 1:])
    return Batch(
        inputs=mx.array(ids[:, :-1]),
        positions=mx.array(positions.astype(np.int32)),
        labels=mx.array(ids[:, 1:].reshape(-1)[positions]),
        weights=mx.ones(len(positions)),
        tokens=len(positions),
    )


def training_batches(examples: Sequence[Encoded], batch_size: int, seed: int) -> Iterator[Batch]:
    """Endless, of at least one example.

    Batches hold rows of similar length; which ones, and the order of batches, changes every epoch.
    """
    lengths = np.array([len(example.ids) for example in examples], dtype=np.float64)
    epoch = 0
    while True:
        random = np.random.default_rng([seed, epoch])
        blurred = lengths * (1 + LENGTH_JITTER * random.uniform(-1, 1, len(lengths)))
        order = np.argsort(blurred, kind="stable")
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        for index in random.permutation(len(batches)):
            yield collate([examples[row] for row in batches[index]])
        epoch += 1


def validation_batches(examples: Sequence[Encoded], batch_size: int, limit: int, seed: int) -> list[Batch]:
    """A fixed list, the incomplete last batch included; with `limit` batches not -1, a fixed draw from the rows."""
    rows = np.arange(len(examples))
    if limit != -1 and limit * batch_size < len(examples):
        rows = np.random.default_rng(seed).permutation(rows)[: limit * batch_size]
    ordered = sorted(rows.tolist(), key=lambda row: len(examples[row].ids))
    groups = [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]
    return [collate([examples[row] for row in group]) for group in groups]

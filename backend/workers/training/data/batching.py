"""Examples to batches: grouped by true length, drawn anew every epoch from the seed, every row used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mlx.core as mx
import numpy as np

from backend.workers.training.data.encoding import Encoded
from backend.workers.training.data.shapes import MOST_WIDTHS, Layout, few_sizes

MOST_TARGET_COUNTS = 4
ENOUGH_FOR_TARGETS = 1.1
EPOCHS_LOOKED_AT = 4
MOST_SHAPES = (2 * MOST_WIDTHS + 1) * MOST_TARGET_COUNTS
SHARD_SIZES = 8
ATTENTION_LIKE_THE_REST = 4096
"""About the width at which attention costs as much as all else of a layer; small models reach it earlier."""


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


def collate(examples: Sequence[Encoded], width: int | None = None, count: int | None = None) -> Batch:
    """Shifted by one: position t predicts token t + 1. Padded to the longest of the examples, or to `width` tokens;
    the targets filled up with entries of weight 0 to `count`."""
    width = width or max(len(example.ids) for example in examples) - 1
    ids = np.zeros((len(examples), width + 1), dtype=np.int32)
    counts = np.zeros((len(examples), width + 1), dtype=bool)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = example.ids
        counts[row, : len(example.ids)] = example.counts
    positions = np.flatnonzero(counts[:, 1:])
    return _batch(ids[:, :-1], positions, ids[:, 1:].reshape(-1)[positions], count or len(positions))


def _batch(inputs: np.ndarray, positions: np.ndarray, labels: np.ndarray, count: int) -> Batch:
    filling = (0, count - len(positions))
    return Batch(
        inputs=mx.array(inputs),
        positions=mx.array(np.pad(positions, filling).astype(np.int32)),
        labels=mx.array(np.pad(labels, filling).astype(np.int32)),
        weights=mx.array(np.pad(np.ones(len(positions), dtype=np.float32), filling)),
        tokens=len(positions),
    )


def shard(batch: Batch, rank: int, size: int) -> Batch:
    """The rows of a batch that process `rank` of `size` computes; `tokens` are its own.

    Every process gets the same shape, filled up with empty rows, so the weighted losses of all of them sum to the
    batch's. The number of targets is rounded up to an eighth of the batch's: at most eight shapes for each of its own.
    """
    rows, width = batch.inputs.shape
    each = -(-rows // size)
    inputs = np.zeros((each * size, width), dtype=np.int32)
    inputs[:rows] = np.array(batch.inputs)
    positions, labels = np.array(batch.positions)[: batch.tokens], np.array(batch.labels)[: batch.tokens]
    owners = positions // (each * width)
    step = -(-len(batch.positions) // SHARD_SIZES)
    count = -(-int(np.bincount(owners).max()) // step) * step
    return _batch(
        inputs[rank * each : (rank + 1) * each],
        positions[owners == rank] - rank * each * width,
        labels[owners == rank],
        min(count, each * width),
    )


def epoch_layout(lengths: np.ndarray, batch_size: int, batch_tokens: int | None) -> Layout:
    """How examples that feed so many tokens, int64 (examples,), are cut into the batches of an epoch."""
    return Layout.of(lengths, lambda width: max(1, batch_tokens // width) if batch_tokens else batch_size)


class TrainingBatches:
    """All batches of a run, without end: which examples each one holds follows from the seed and its index alone.

    Batches hold examples of similar length; which ones meet, and the order of batches, changes every epoch. A batch
    has `batch_size` rows, or with `batch_tokens` as many as fit into this many tokens, padding included (an example
    longer than that makes a batch by itself).

    With `bounded_shapes` batches have at most 16 widths, fitted to the data; one batch at either end may have fewer
    rows than the others of its width, with `batch_tokens` one of every width; and each of these shapes has at most
    four counts of targets. That is at most 72 shapes (rows, width, targets), with `batch_tokens` 132;
    `most_shapes` is how many can come up here. Without, each batch is as wide as its longest example and lists no
    target of weight 0.
    """

    def __init__(
        self,
        examples: Sequence[Encoded],
        batch_size: int,
        batch_tokens: int | None,
        seed: int,
        bounded_shapes: bool = True,
    ) -> None:
        if not examples or not all(example.targets for example in examples):
            raise ValueError("Batches are made of at least one example, each with a target that carries loss.")
        self.examples = examples
        self.seed = seed
        self.bounded_shapes = bounded_shapes
        lengths = np.array([len(example.ids) - 1 for example in examples])
        self._targets = np.array([example.targets for example in examples])
        self._layout = epoch_layout(lengths, batch_size, batch_tokens)
        self._shapes = self._layout.shapes
        self._counts = self._target_counts()
        self._epoch: tuple[int, list[tuple[int, np.ndarray]]] = (-1, [])
        self.batches_per_epoch = len(self._shapes)
        self.most_shapes = sum(len(counts) for counts in self._counts.values())
        self.useful_share = float(lengths.sum()) / self._layout.padded_tokens
        """Tokens among all that a step computes, padding included; the same every epoch."""

    def starting_at(self, index: int) -> Iterator[Batch]:
        """Batch `index`, counted from 0 over all epochs, and those after it."""
        while True:
            yield self.at(index)
            index += 1

    def at(self, index: int) -> Batch:
        epoch, place = divmod(index, self.batches_per_epoch)
        if self._epoch[0] != epoch:
            random = np.random.default_rng([self.seed, epoch])
            drawn = self._layout.draw(random)
            self._epoch = (epoch, [(int(number), drawn[number]) for number in random.permutation(len(drawn))])
        number, members = self._epoch[1][place]
        return self._collated(number, members)

    def longest(self) -> Batch:
        """A batch of the shape that costs most, with the most targets that it can have."""
        number = max(range(len(self._shapes)), key=self._cost)
        index, rows = self._shapes[number]
        eligible = self._layout.eligible(index)
        return self._collated(number, eligible[np.argsort(-self._targets[eligible], kind="stable")[:rows]])

    def _cost(self, number: int) -> int:
        """What a batch takes in time and memory, in proportion: attention grows with the square of the width."""
        index, rows = self._shapes[number]
        width = self._layout.classes[index].width
        return rows * width * (width + ATTENTION_LIKE_THE_REST)

    def _collated(self, number: int, members: np.ndarray) -> Batch:
        examples = [self.examples[member] for member in members]
        if not self.bounded_shapes:
            return collate(examples)
        targets = int(self._targets[members].sum())
        counts = self._counts[self._shapes[number]]
        return collate(
            examples, self._layout.classes[self._shapes[number][0]].width, min(filter(targets.__le__, counts))
        )

    def _target_counts(self) -> dict[tuple[int, int], list[int]]:
        """By (class, rows) the counts to which a batch's targets are filled up, the last the most it can have.

        Fitted to the first epochs as another seed draws them.
        """
        seen: dict[tuple[int, int], list[int]] = {}
        for epoch in range(EPOCHS_LOOKED_AT):
            drawn = self._layout.draw(np.random.default_rng(epoch))
            for shape, members in zip(self._shapes, drawn, strict=True):
                seen.setdefault(shape, []).append(int(self._targets[members].sum()))
        counts = {}
        for (index, rows), sums in seen.items():
            most = int(np.sort(self._targets[self._layout.eligible(index)])[-rows:].sum())
            counts[index, rows] = few_sizes(np.array([*sums, most]), MOST_TARGET_COUNTS, ENOUGH_FOR_TARGETS)
        return counts


def validation_batches(
    examples: Sequence[Encoded], batch_size: int, limit: int, seed: int, batch_tokens: int | None = None
) -> list[Batch]:
    """A fixed list of few shapes, incomplete batches included; with `limit` batches not -1, of a fixed draw of rows."""
    if not examples:
        return []
    order = np.random.default_rng(seed).permutation(len(examples))
    if limit != -1 and batch_tokens:
        fed = np.cumsum([len(examples[row].ids) - 1 for row in order])
        order = order[: max(1, int(np.searchsorted(fed, limit * batch_tokens, side="right")))]
    elif limit != -1:
        order = order[: limit * batch_size]
    batches = TrainingBatches([examples[row] for row in order], batch_size, batch_tokens, seed)
    return [batches.at(index) for index in range(batches.batches_per_epoch)]

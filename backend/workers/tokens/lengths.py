"""How long rows are and what of them carries loss, once for every place at which they may be cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import AppError
from backend.workers.taking_turns import Steps
from backend.workers.tokens.row_places import RowPlaces
from backend.workers.training.data.encoding import RowEncoder

EXACT_ROWS = 10_000
SAMPLED_ROWS = 5_000
MOST_BYTES = 8_000_000
"""About half a millisecond a row of 100 tokens, and a second for two megabytes: an answer in some seconds."""
FEWEST_SAMPLED = 200
UNCUT = 2**62


@dataclass(frozen=True)
class Lengths:
    """`full` int64 (rows,): tokens of each row, uncut. `spans` int64 (spans, 3): row, and from where to where its
    tokens carry loss. `of_rows` is how many rows these stand for."""

    full: np.ndarray
    spans: np.ndarray
    of_rows: int

    @property
    def sampled(self) -> bool:
        return len(self.full) < self.of_rows

    def targets(self, max_seq_length: int) -> np.ndarray:
        """int64 (rows,): tokens of each row that carry loss within its first `max_seq_length`."""
        rows, starts, ends = self.spans.T
        inside = np.clip(np.minimum(ends, max_seq_length) - starts, 0, None)
        return np.bincount(rows, inside, len(self.full)).astype(np.int64)


def chosen_rows(places: RowPlaces, seed: int = 0) -> np.ndarray:
    """The rows to read: all, or of a large file some that are spread evenly over it, drawn from the seed."""
    total = len(places)
    if total <= EXACT_ROWS and places.bytes <= MOST_BYTES:
        return np.arange(total)
    fits = int(MOST_BYTES / places.bytes * total)
    number = min(total, SAMPLED_ROWS, max(FEWEST_SAMPLED, fits))
    stride = total / number
    return ((np.arange(number) + np.random.default_rng(seed).random(number)) * stride).astype(np.int64)


def measure(places: RowPlaces, encoder: RowEncoder) -> Steps[Lengths]:
    """Raises AppError naming the line of a row that cannot be read or that the model's template refuses.

    The encoder must not cut.
    """
    full: list[int] = []
    spans: list[Sequence[int]] = []
    for line, row in places.read(chosen_rows(places).tolist()):
        try:
            example = encoder.encode(row)
        except AppError as error:
            raise AppError(f"{places.file.name}, line {line}: {error.detail}", code=error.code) from error
        edges = np.flatnonzero(np.diff(example.counts, prepend=False, append=False)).reshape(-1, 2)
        spans += [(len(full), *edge) for edge in edges.tolist()]
        full.append(example.full_length)
        yield None
    return Lengths(np.array(full, dtype=np.int64), np.array(spans, dtype=np.int64).reshape(-1, 3), len(places))

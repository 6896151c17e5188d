"""From lengths to statistics: what is cut, what an epoch comes to. Arithmetic only.

The batches are those of the run itself, from the same layout. Where a sample stands for more rows, it is repeated until
there are as many.
"""

from collections.abc import Iterable

import numpy as np

from backend.datasets.schemas import Split
from backend.tokens.messages import Measure
from backend.tokens.schemas import DataStatistics, LengthRange, SplitStatistics
from backend.workers.tokens.lengths import Lengths
from backend.workers.training.data.batching import epoch_layout

MOST_RANGES = 24
MOST_LAID_OUT = 1_000_000
STEPS = (1, 2, 5)


def statistics_of(splits: dict[Split, Lengths], asked: Measure) -> DataStatistics:
    train = splits["train"]
    targets = train.targets(asked.max_seq_length)
    kept = targets > 0
    fed = np.minimum(train.full, asked.max_seq_length)[kept] - 1
    weight = train.of_rows / len(train.full)
    batches, padded = _epoch(fed, weight, asked)
    tokens = int(fed.sum() * weight)
    edges = _edges(np.concatenate([lengths.full for lengths in splits.values()]))
    return DataStatistics(
        splits={split: _split(lengths, asked.max_seq_length, edges) for split, lengths in splits.items()},
        padding_percent=100 * (1 - tokens / padded) if padded else 0.0,
        batches_per_epoch=batches,
        iterations_per_epoch=batches / asked.grad_accumulation_steps,
        tokens_per_epoch=tokens,
        loss_tokens_per_epoch=round(int(targets.sum()) * weight),
        sampled=any(lengths.sampled for lengths in splits.values()),
        sampled_rows={split: len(lengths.full) for split, lengths in splits.items() if lengths.sampled},
    )


def _epoch(fed: np.ndarray, weight: float, asked: Measure) -> tuple[int, float]:
    """How many batches an epoch has, and how many tokens they compute."""
    if not len(fed):
        return 0, 0.0
    wanted = round(len(fed) * weight)
    laid_out = min(wanted, max(MOST_LAID_OUT, len(fed)))
    repeated = fed[np.arange(laid_out) * len(fed) // laid_out]
    layout = epoch_layout(repeated, asked.batch_size, asked.batch_tokens)
    times = wanted / laid_out
    return round(len(layout.shapes) * times), layout.padded_tokens * times


def _split(lengths: Lengths, max_seq_length: int, edges: list[int]) -> SplitStatistics:
    full, targets = lengths.full, lengths.targets(max_seq_length)
    weight = lengths.of_rows / len(full)
    median, p95, p99 = (int(value) for value in np.quantile(full, [0.5, 0.95, 0.99], method="inverted_cdf"))
    counts = np.histogram(full, [*edges, np.inf])[0]

    def estimated(count: float) -> int:
        return round(float(count) * weight)

    return SplitStatistics(
        rows=lengths.of_rows,
        tokens=estimated(full.sum()),
        loss_tokens=estimated(targets.sum()),
        shortest=int(full.min()),
        median=median,
        p95=p95,
        p99=p99,
        longest=int(full.max()),
        truncated=estimated((full > max_seq_length).sum()),
        without_loss=estimated((targets == 0).sum()),
        histogram=[
            LengthRange(from_tokens=start, to_tokens=end, rows=estimated(count))
            for start, end, count in zip(edges, _ends(edges, int(full.max())), counts, strict=True)
        ],
    )


def _edges(full: np.ndarray) -> list[int]:
    """Where ranges of one round width begin. The last has no end, so that a few very long rows do not widen all."""
    most = int(np.quantile(full, 0.99, method="inverted_cdf"))
    width = next(size for size in _round_sizes() if most // size < MOST_RANGES - 1)
    longest = int(full.max()) // width
    return [width * number for number in range(min(longest, most // width + 1) + 1)]


def _ends(edges: list[int], longest: int) -> list[int]:
    return [*(edge - 1 for edge in edges[1:]), max(edges[-1], longest)]


def _round_sizes() -> Iterable[int]:
    """1, 2, 5, 10, 20, 50 and so on."""
    power = 1
    while True:
        yield from (step * power for step in STEPS)
        power *= 10

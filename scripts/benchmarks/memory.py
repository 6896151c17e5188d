"""Peak memory and time of a step on one long row, and the longest row that fits into a budget."""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import IO, Any

from scripts.benchmarks.jobs import SIDES, Job, ModelShape, Rows, Side
from scripts.benchmarks.runner import Worker, WorkerDied
from scripts.benchmarks.sizes import Sizes

GRAIN = 32
FIRST_TOKENS = 8 * GRAIN
LEAST_GROWTH, MOST_GROWTH = 2, 4
CLOSE_ENOUGH = 1.1
EXPECTED_RATIO = 6
"""Where the search for our longest row begins: at this many times mlx-lm's."""


def one_row(side: Side, shape: ModelShape, tokens: int) -> Job:
    """A row of which `tokens` positions predict the next."""
    return Job(side=side, shape=shape, rows=Rows(count=1, tokens=tokens + 1), max_seq_length=tokens + 1)


def measure_memory(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """The first shape's figures, with those of the others beside them."""
    first, *others = [_memory_of(shape, sizes, log) for shape in sizes.memory_shapes]
    return {**first, "beside": others}


def _memory_of(shape: ModelShape, sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker(one_row(side, shape, sizes.memory_tokens), log)) for side in SIDES}
        seconds: dict[str, list[float]] = {side: [] for side in SIDES}
        for _ in range(sizes.memory_steps):
            for side, worker in workers.items():
                seconds[side] += [step.seconds for step in worker.steps(1)]
        figures: dict[str, dict[str, Any]] = {}
        for side, worker in workers.items():
            end = worker.end()
            figures[side] = {
                "peak_bytes": end.peak_bytes,
                "weight_bytes": worker.ready.weight_bytes,
                "resident_bytes": end.resident_bytes,
                "seconds_a_step": median(seconds[side]),
                "seconds": seconds[side],
                "first_step_seconds": worker.ready.warm_up_seconds,
            }
    ours, theirs = figures["ours"], figures["mlx_lm"]
    return {
        "model": shape.model_dump(),
        "tokens": sizes.memory_tokens,
        "ratio": ours["peak_bytes"] / theirs["peak_bytes"],
        "ratio_over_weights": (ours["peak_bytes"] - ours["weight_bytes"])
        / (theirs["peak_bytes"] - theirs["weight_bytes"]),
        "time_ratio": ours["seconds_a_step"] / theirs["seconds_a_step"],
        **figures,
    }


def measure_length(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """How long a row each side trains on within the budget over its weights, to within ten per cent.

    Memory limits on a CPU are only advice, so each length is tried and its peak read.
    """
    theirs = _longest("mlx_lm", sizes, log, FIRST_TOKENS)
    ours = _longest("ours", sizes, log, _grains(EXPECTED_RATIO * theirs["tokens"]))
    return {
        "model": sizes.length_shape.model_dump(),
        "budget_bytes": sizes.budget_bytes,
        "ratio": ours["tokens"] / theirs["tokens"],
        "ours": ours,
        "mlx_lm": theirs,
    }


def _longest(side: Side, sizes: Sizes, log: IO[str], first_tokens: int) -> dict[str, Any]:
    probes: dict[int, int | None] = {}

    def measure(tokens: int) -> int | None:
        probes[tokens] = _bytes_over_weights(one_row(side, sizes.length_shape, tokens), log)
        return probes[tokens]

    longest = longest_within(sizes.budget_bytes, measure, first_tokens)
    return {"tokens": longest, "bytes_over_weights": {str(tokens): taken for tokens, taken in sorted(probes.items())}}


def _bytes_over_weights(job: Job, log: IO[str]) -> int | None:
    """Of one step; None where the process did not survive it."""
    try:
        with Worker(job, log) as worker:
            return worker.end().peak_bytes - worker.ready.weight_bytes
    except WorkerDied:
        return None


def longest_within(budget: int, measure: Callable[[int], int | None], first_tokens: int = FIRST_TOKENS) -> int:
    """The longest row, in multiples of GRAIN tokens, that takes at most `budget` bytes, which are at least 1.

    A row ten per cent, or one GRAIN, longer takes more. `measure` rises with the length, and says None where nothing
    was left to measure. The search begins at `first_tokens`.
    """
    good: tuple[int, int] = (0, 0)
    bad: tuple[int, int | None] | None = None
    tokens = first_tokens
    while True:
        taken = measure(tokens)
        if taken is not None and taken <= budget:
            good = tokens, taken
        else:
            bad = tokens, taken
        if bad is not None and bad[0] <= max(good[0] * CLOSE_ENOUGH, good[0] + GRAIN):
            return good[0]
        tokens = _next_to_try(good, bad, budget)


def _next_to_try(good: tuple[int, int], bad: tuple[int, int | None] | None, budget: int) -> int:
    """Where the budget would be met if memory rose evenly, but well beyond what is known to fit."""
    tokens, taken = good
    if bad is None:
        return _grains(tokens * min(max(LEAST_GROWTH, budget / taken), MOST_GROWTH))
    limit, too_much = bad
    share = 0.5 if too_much is None else (budget - taken) / (too_much - taken)
    return min(
        max(_grains(max(tokens * CLOSE_ENOUGH, tokens + share * (limit - tokens))), tokens + GRAIN), limit - GRAIN
    )


def _grains(tokens: float) -> int:
    return int(tokens) // GRAIN * GRAIN

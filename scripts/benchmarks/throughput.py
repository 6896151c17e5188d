"""Useful tokens per second: on rows of uneven length, and with most of each row masked."""

from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median
from typing import IO, Any

from scripts.benchmarks.jobs import SIDES, Job, Rows, Side, Step
from scripts.benchmarks.runner import Worker
from scripts.benchmarks.sizes import Sizes

TURNS_AN_EPOCH = 4
BATCH_SIZES = (1, 8)


def measure_throughput(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """By batch size, over the same rows of lengths as in Alpaca."""
    return {f"batch_{size}": _at_batch_size(size, sizes, log) for size in BATCH_SIZES}


def _at_batch_size(batch_size: int, sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    rows = Rows(count=sizes.throughput_rows)
    jobs: dict[str, Job] = {
        side: Job(
            side=side,
            shape=sizes.throughput_shape,
            rows=rows,
            batch_size=batch_size,
            max_seq_length=512,
            epochs=sizes.epochs,
        )
        for side in SIDES
    }
    figures = _in_turn(jobs, sizes.epochs, log)
    return {
        "model": sizes.throughput_shape.model_dump(),
        "rows": rows.count,
        "ratio": figures["ours"]["tokens_per_second"] / figures["mlx_lm"]["tokens_per_second"],
        **figures,
    }


def measure_masking(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """Rows of a long prompt and a short answer: ours, ours with all logits, and mlx-lm's trainer with mask_prompt."""
    tokens, answer = sizes.masking_tokens + 1, sizes.masking_answer
    rows = Rows(count=1, tokens=tokens, prompt=tokens - answer)

    def job(side: Side, all_logits: bool = False) -> Job:
        return Job(side=side, shape=sizes.masking_shape, rows=rows, max_seq_length=tokens, all_logits=all_logits)

    jobs = {"ours": job("ours"), "ours_with_all_logits": job("ours", all_logits=True), "mlx_lm": job("mlx_lm")}
    figures = _in_turn(jobs, sizes.masking_steps, log)
    speed = {name: figure["tokens_per_second"] for name, figure in figures.items()}
    return {
        "model": sizes.masking_shape.model_dump(),
        "tokens": sizes.masking_tokens,
        "answer_tokens": answer,
        "ratio": speed["ours"] / speed["ours_with_all_logits"],
        "ratio_over_mlx_lm": speed["ours"] / speed["mlx_lm"],
        **figures,
    }


def _in_turn(jobs: Mapping[str, Job], epochs: int, log: IO[str]) -> dict[str, dict[str, Any]]:
    """All jobs at once, but only one of them working at any time; figures by name, medians over epochs."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(job, log)) for name, job in jobs.items()}
        steps: dict[str, list[list[Step]]] = {name: [] for name in jobs}
        for _ in range(epochs):
            for name, epoch in _one_epoch(workers).items():
                steps[name].append(epoch)
        ends = {name: worker.end() for name, worker in workers.items()}
        return {
            name: {
                "tokens_per_second": median(_speed(epoch) for epoch in steps[name]),
                "tokens_per_second_by_epoch": [_speed(epoch) for epoch in steps[name]],
                "seconds_by_epoch": [sum(step.seconds for step in epoch) for epoch in steps[name]],
                "useful_tokens_an_epoch": sum(step.tokens for step in steps[name][0]),
                "steps_an_epoch": worker.ready.epoch_steps,
                "distinct_shapes": len(worker.ready.shapes),
                "most_shapes": worker.ready.most_shapes,
                "warm_up_seconds": sum(worker.ready.warm_up_seconds),
                "peak_bytes": ends[name].peak_bytes,
            }
            for name, worker in workers.items()
        }


def _one_epoch(workers: Mapping[str, Worker]) -> dict[str, list[Step]]:
    """In several turns, so that what disturbs the machine for a while disturbs all."""
    steps: dict[str, list[Step]] = {name: [] for name in workers}
    for turn in range(TURNS_AN_EPOCH):
        for name, worker in workers.items():
            count = worker.ready.epoch_steps
            first, last = count * turn // TURNS_AN_EPOCH, count * (turn + 1) // TURNS_AN_EPOCH
            if last > first:
                steps[name] += worker.steps(last - first)
    return steps


def _speed(steps: list[Step]) -> float:
    return sum(step.tokens for step in steps) / sum(step.seconds for step in steps)

"""The subject `training`: this project's engine against mlx-lm's own trainer."""

from collections.abc import Iterator
from typing import IO

from scripts.benchmarks.jobs import SEVEN_KEYS, SIDES, Job
from scripts.benchmarks.machine import describe_machine
from scripts.benchmarks.memory import measure_length, measure_memory, one_row
from scripts.benchmarks.overhead import measure_overhead
from scripts.benchmarks.parity import measure_parity
from scripts.benchmarks.runner import Worker
from scripts.benchmarks.sizes import FULL, QUICK, TINY
from scripts.benchmarks.subject import Figures, Line, Subject
from scripts.benchmarks.throughput import measure_masking, measure_throughput


def common(log: IO[str]) -> Figures:
    """`ours` and `mlx_lm` are what a worker of that side finds itself computing with: device, BLAS, threads."""
    machine = describe_machine()
    for side in SIDES:
        with Worker(one_row(side, TINY, 32), log) as worker:
            machine[side] = worker.ready.surroundings
    return {"machine": machine, "settings": settings()}


def settings() -> Figures:
    """What is the same on both sides and in all parts, unless a part's figures say otherwise."""
    same = {name: field.default for name, field in Job.model_fields.items()}
    return {
        "dtype": "float32",
        "compiled": True,
        "optimizer": "adamw",
        "method": "lora",
        "keys": SEVEN_KEYS,
        "alpha": same["rank"],
        "dropout": 0.0,
        **{name: same[name] for name in ("rank", "learning_rate", "grad_checkpoint", "seed")},
        "lengths": "as in Alpaca: see ALPACA_TOKENS",
    }


def _memory(figures: Figures) -> Iterator[Line]:
    for each in [figures, *figures["beside"]]:
        aim = "<= 0.40" if each is figures else ""
        ours, theirs = each["ours"], each["mlx_lm"]
        what = f"peak memory, {each['tokens']:,} tokens, {each['model']['name']}"
        yield what, _gb(ours["peak_bytes"]), _gb(theirs["peak_bytes"]), _ratio(each["ratio"]), aim
        seconds = f"{ours['seconds_a_step']:.2f} s", f"{theirs['seconds_a_step']:.2f} s"
        yield "  time a step", *seconds, _ratio(each["time_ratio"]), "<= 1.00"


def _length(figures: Figures) -> Iterator[Line]:
    what = f"longest row in {figures['budget_bytes'] / 1e9:g} GB over the weights, {figures['model']['name']}"
    tokens = [f"{figures[side]['tokens']:,} tokens" for side in SIDES]
    yield what, tokens[0], tokens[1], _ratio(figures["ratio"]), ">= 6"


def _throughput(figures: Figures) -> Iterator[Line]:
    for size, aim in ((1, ">= 1.00"), (8, ">= 1.45")):
        each = figures[f"batch_{size}"]
        what = f"useful tokens/s at batch {size}, {each['model']['name']}"
        yield what, _speed(each["ours"]), _speed(each["mlx_lm"]), _ratio(each["ratio"]), aim
        shapes = [each[side]["distinct_shapes"] for side in SIDES]
        most = each["ours"]["most_shapes"]
        yield "  shapes compiled", f"{shapes[0]} (at most {most})", str(shapes[1]), "", ""


def _masking(figures: Figures) -> Iterator[Line]:
    what = f"answers of {figures['answer_tokens']} in {figures['tokens']:,} tokens, {figures['model']['name']}"
    yield what, _speed(figures["ours"]), _speed(figures["mlx_lm"]), _ratio(figures["ratio_over_mlx_lm"]), ""
    others = _speed(figures["ours_with_all_logits"])
    yield (
        "  against ours with logits for the prompt",
        _speed(figures["ours"]),
        others,
        _ratio(figures["ratio"]),
        ">= 1.15",
    )


def _parity(figures: Figures) -> Iterator[Line]:
    what = f"largest difference of {figures['steps']} losses"
    yield what, "", "", f"{figures['max_abs_diff']:.1e}", "<= 1e-4"
    yield "  relative difference of the adapters", "", "", f"{figures['adapter_relative_diff']:.1e}", "<= 1e-3"


def _overhead(figures: Figures) -> Iterator[Line]:
    what = f"events, checkpoints, supervision, at {figures['seconds_a_step']:.2f} s a step"
    yield what, f"{figures['ratio']:.2%}", "", "", "< 1%"


LINES = {
    "memory": _memory,
    "longest_row": _length,
    "throughput": _throughput,
    "masking": _masking,
    "loss_parity": _parity,
    "overhead": _overhead,
}


def _gb(count: int) -> str:
    return f"{count / 1e9:.3f} GB"


def _speed(figures: Figures) -> str:
    return f"{figures['tokens_per_second']:,.0f} tokens/s"


def _ratio(value: float) -> str:
    return f"{value:.2f}"


TRAINING = Subject(
    parts={
        "memory": measure_memory,
        "longest_row": measure_length,
        "throughput": measure_throughput,
        "masking": measure_masking,
        "loss_parity": measure_parity,
        "overhead": measure_overhead,
    },
    lines=LINES,
    full=FULL,
    quick=QUICK,
    common=common,
)

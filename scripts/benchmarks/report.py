"""The bench's figures as a short table."""

from collections.abc import Callable, Iterator
from typing import Any

from scripts.benchmarks.jobs import SIDES

Row = tuple[str, str, str, str, str]
HEADINGS: Row = ("measured", "ours", "mlx-lm", "ratio", "aim")


def table(result: dict[str, Any]) -> str:
    rows = [HEADINGS]
    for part, described in LINES.items():
        if part in result:
            rows += described(result[part])
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        f"{row[0]:<{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _memory(figures: dict[str, Any]) -> Iterator[Row]:
    for each in [figures, *figures["beside"]]:
        aim = "<= 0.40" if each is figures else ""
        ours, theirs = each["ours"], each["mlx_lm"]
        what = f"peak memory, {each['tokens']:,} tokens, {each['model']['name']}"
        yield what, _gb(ours["peak_bytes"]), _gb(theirs["peak_bytes"]), _ratio(each["ratio"]), aim
        seconds = f"{ours['seconds_a_step']:.2f} s", f"{theirs['seconds_a_step']:.2f} s"
        yield "  time a step", *seconds, _ratio(each["time_ratio"]), "<= 1.00"


def _length(figures: dict[str, Any]) -> Iterator[Row]:
    what = f"longest row in {figures['budget_bytes'] / 1e9:g} GB over the weights, {figures['model']['name']}"
    tokens = [f"{figures[side]['tokens']:,} tokens" for side in SIDES]
    yield what, tokens[0], tokens[1], _ratio(figures["ratio"]), ">= 6"


def _throughput(figures: dict[str, Any]) -> Iterator[Row]:
    for size, aim in ((1, ">= 1.00"), (8, ">= 1.45")):
        each = figures[f"batch_{size}"]
        what = f"useful tokens/s at batch {size}, {each['model']['name']}"
        yield what, _speed(each["ours"]), _speed(each["mlx_lm"]), _ratio(each["ratio"]), aim
        shapes = [each[side]["distinct_shapes"] for side in SIDES]
        most = each["ours"]["most_shapes"]
        yield "  shapes compiled", f"{shapes[0]} (at most {most})", str(shapes[1]), "", ""


def _masking(figures: dict[str, Any]) -> Iterator[Row]:
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


def _parity(figures: dict[str, Any]) -> Iterator[Row]:
    what = f"largest difference of {figures['steps']} losses"
    yield what, "", "", f"{figures['max_abs_diff']:.1e}", "<= 1e-4"
    yield "  relative difference of the adapters", "", "", f"{figures['adapter_relative_diff']:.1e}", "<= 1e-3"


def _overhead(figures: dict[str, Any]) -> Iterator[Row]:
    what = f"events, checkpoints, supervision, at {figures['seconds_a_step']:.2f} s a step"
    yield what, f"{figures['ratio']:.2%}", "", "", "< 1%"


LINES: dict[str, Callable[[dict[str, Any]], Iterator[Row]]] = {
    "memory": _memory,
    "longest_row": _length,
    "throughput": _throughput,
    "masking": _masking,
    "loss_parity": _parity,
    "overhead": _overhead,
}


def _gb(count: int) -> str:
    return f"{count / 1e9:.3f} GB"


def _speed(figures: dict[str, Any]) -> str:
    return f"{figures['tokens_per_second']:,.0f} tokens/s"


def _ratio(value: float) -> str:
    return f"{value:.2f}"

"""The bench's figures as a short table."""

from collections.abc import Callable, Iterator, Mapping

from scripts.benchmarks.subject import Figures, Line

HEADINGS: Line = ("measured", "ours", "mlx-lm", "ratio", "aim")


def table(result: Figures, lines: Mapping[str, Callable[[Figures], Iterator[Line]]]) -> str:
    rows = [HEADINGS]
    for part, described in lines.items():
        if part in result:
            rows += described(result[part])
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        (
            f"{row[0]:<{widths[0]}}"
            + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        ).rstrip()
        for row in rows
    )

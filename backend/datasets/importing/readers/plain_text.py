"""Reads plain text: each line, each paragraph, or the whole file is a row."""

from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Literal, get_args

from backend.datasets.importing.readers.lines import LONGEST_LINE, TOO_LONG, decoded, numbered_lines
from backend.datasets.importing.records import Flaw, Record, unread

Unit = Literal["paragraph", "line", "document"]
UNITS: tuple[Unit, ...] = get_args(Unit)


def read_plain_text(reader: "BufferedReader[Any]", unit: Unit) -> Iterator[Record]:
    """The column of the one text is called as the unit. Paragraphs end at a blank line."""
    piece: list[str] = []
    flaws: list[Flaw] = []
    first = size = 0
    for number, line in numbered_lines(reader):
        if line is None:
            yield unread(number, "line_too_long", TOO_LONG)
            continue
        if unit != "document" and line.isspace():
            if piece:
                yield _record(first, unit, piece, flaws, size)
            piece, flaws, size = [], [], 0
            continue
        text, flaw = decoded(line)
        first = first if piece else number
        size += len(line)
        if size <= LONGEST_LINE:
            piece.append(text)
        flaws += [flaw] if flaw else []
        if unit == "line":
            yield _record(first, unit, piece, flaws, size)
            piece, flaws, size = [], [], 0
    if piece:
        yield _record(first, unit, piece, flaws, size)


def _record(line: int, unit: Unit, piece: list[str], flaws: list[Flaw], size: int) -> Record:
    if size > LONGEST_LINE:
        return unread(line, "line_too_long", TOO_LONG.replace("The line", f"The {unit}"), piece[0][:1000])
    text = "".join(piece)
    return Record(line, {unit: text[:-1].removesuffix("\r") if text.endswith("\n") else text}, text, None, flaws[:1])

"""Reads tables in text: the first row names the columns, and every other row is an object of texts."""

import csv
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from backend.datasets.importing.readers.lines import LONGEST_LINE, TOO_LONG, decoded, numbered_lines
from backend.datasets.importing.records import Flaw, Record, unread


def read_csv(reader: "BufferedReader[Any]", delimiter: str) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(reader)
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    columns: list[str] = []
    while True:
        lines.flaws = []
        first = lines.number + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield _bad(first, lines, error)
            continue
        if lines.flaws and lines.flaws[0].kind == "line_too_long":
            yield Record(first, None, "", None, lines.flaws[:1])
        elif not columns:
            if not _says_delimiter(cells, first) and any(cells):
                columns = column_names(cells)
        elif cells:
            yield _record(first, columns, cells, lines.flaws)


def column_names(cells: list[str]) -> list[str]:
    """Each once: a second "text" becomes "text_2", and one without a name "column_3"."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = base = cell.strip() or f"column_{number}"
        again = 1
        while name in names:
            again += 1
            name = f"{base}_{again}"
        names.append(name)
    return names


class _Lines:
    """Lines as text; `flaws` are those of the row that is being read."""

    def __init__(self, reader: "BufferedReader[Any]") -> None:
        self.number = 0
        self.flaws: list[Flaw] = []
        self._lines = numbered_lines(reader)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if line is None:
            self.flaws.insert(0, Flaw("line_too_long", TOO_LONG))
            return "\n"
        text, flaw = decoded(line)
        if flaw is not None:
            self.flaws.append(flaw)
        return text


def _says_delimiter(cells: list[str], line: int) -> bool:
    """Excel begins a file with "sep=;" where it is told what stands between its cells."""
    return line == 1 and "".join(cells).lower().startswith("sep=") and len("".join(cells)) <= len("sep=;")


def _record(line: int, columns: list[str], cells: list[str], flaws: list[Flaw]) -> Record:
    record = Record(line, dict(zip(columns, cells, strict=False)), flaws=flaws, size=sum(map(len, cells)))
    if len(cells) != len(columns):
        sentence = f"This row has {len(cells)} cells, and there are {len(columns)} columns."
        record.flaws = [*flaws, Flaw("ragged_row", sentence)]
        record.text = ", ".join(cells)
    return record


def _bad(line: int, lines: _Lines, error: csv.Error) -> Record:
    if "field larger than" in str(error):
        sentence = (
            f"A quotation mark opens a cell here that does not end within {LONGEST_LINE >> 20} MB; lines {line:,} to "
            f"{lines.number:,} are lost."
        )
        return unread(line, "line_too_long", sentence)
    last = f" to {lines.number:,}" if lines.number > line else ""
    words = "a quotation mark is not closed" if "unexpected end" in str(error) else str(error)
    return unread(line, "bad_csv", f"Line {line:,}{last} cannot be cut into cells: {words}.")

"""Finds rows of a JSONL file without reading it whole into memory. Knows lines, not what they mean."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

EVERY = 256
"""One place is kept of so many rows."""
KEPT_INDEXES = 16
LONGEST_LINE = 64 << 20


class LineTooLong(ValueError):
    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is longer than {LONGEST_LINE >> 20} MB")
        self.line = line


@dataclass(frozen=True)
class RowIndex:
    """`total` rows, which are the lines that are not blank; where every 256th begins, and its number among lines."""

    file: Path
    total: int
    offsets: "array[int]"
    lines: "array[int]"

    def read(self, offset: int, limit: int) -> list[tuple[int, str]]:
        """`limit` rows from `offset` on, each with the number of its line from 1. Raises UnicodeDecodeError."""
        rows: list[tuple[int, str]] = []
        if not 0 <= offset < self.total:
            return rows
        with self.file.open("rb") as file:
            file.seek(self.offsets[offset // EVERY])
            number, index = self.lines[offset // EVERY], offset - offset % EVERY
            for line in _lines(file, number):
                if index >= offset + limit:
                    break
                if line.strip():
                    if index >= offset:
                        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                        rows.append((number, text.rstrip("\r\n")))
                    index += 1
                number += 1
        return rows


def index_of(file: Path) -> RowIndex:
    """Kept until the file changes. Raises OSError, or LineTooLong."""
    state = file.stat()
    return _index(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=KEPT_INDEXES)
def _index(path: Path, changed_ns: int, size: int) -> RowIndex:
    offsets, lines = array("Q"), array("Q")
    total = at = 0
    with path.open("rb", buffering=1 << 20) as file:
        for number, line in enumerate(_lines(file, 1), start=1):
            if not line.isspace():
                if total % EVERY == 0:
                    offsets.append(at)
                    lines.append(number)
                total += 1
            at += len(line)
    return RowIndex(path, total, offsets, lines)


def _lines(file: IO[bytes], number: int) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise LineTooLong(number)
        yield line
        number += 1

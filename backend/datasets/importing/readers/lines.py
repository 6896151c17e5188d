"""Lines of a stream in bounded memory. Knows bytes and encodings, not rows."""

from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from backend.datasets.importing.records import Flaw

LONGEST_LINE = 16 << 20
"""Bytes; a longer row could be trained by no model."""
TOO_LONG = f"The line is longer than {LONGEST_LINE >> 20} MB, so it was not read."


def numbered_lines(reader: "BufferedReader[Any]") -> Iterator[tuple[int, bytes | None]]:
    """Each with its number and its end; None for one that is too long. A byte order mark is left out."""
    _drop_mark(reader)
    number = 0
    while line := reader.readline(LONGEST_LINE):
        number += 1
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := reader.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def decoded(line: bytes) -> tuple[str, Flaw | None]:
    """Bytes that are no UTF-8 are read as Windows-1252, which is what they mostly are."""
    try:
        return line.decode(), None
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode(errors="replace")) + 1
        sentence = f"Byte 0x{line[error.start]:02X} in column {column:,} is not UTF-8."
        return line.decode("cp1252", errors="replace"), Flaw("bad_encoding", sentence, column=column)


def _drop_mark(reader: "BufferedReader[Any]") -> None:
    if reader.peek(3)[:3] == b"\xef\xbb\xbf":
        reader.read(3)

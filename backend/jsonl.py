"""Append-only files of JSON lines with several writers and readers. Knows lines and locks, not what they mean.

A line counts once it ends, or once it is a whole JSON object: an editor may leave out the last end of a line, and what
a crash leaves of an object is none.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

TAIL_BYTES = 4096


def append(path: Path, make_line: Callable[[bytes | None], str]) -> str:
    """Append one line durably, made from the last line before it (None in an empty file); return it.

    Writers in other processes wait. What a crash left of a half-written line is removed first. When the disk is
    full the file stays as it was and OSError is raised.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        end, last, ended = _last_line(descriptor)
        line = make_line(last)
        try:
            os.ftruncate(descriptor, end)
            _write_all(descriptor, end, (b"" if ended else b"\n") + line.encode() + b"\n")
        except OSError:
            os.ftruncate(descriptor, end)
            raise
        os.fsync(descriptor)
        return line
    finally:
        os.close(descriptor)


def read(path: Path, offset: int = 0) -> tuple[list[bytes], int]:
    """The complete lines from byte `offset` on, and the offset behind them."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    end = data.rfind(b"\n") + 1
    if _is_object(data[end:]):
        end = len(data)
    lines = data[:end].splitlines()
    # The end of the line before, where it was read without one.
    return lines[1:] if offset and lines and not lines[0] else lines, offset + end


def last(path: Path) -> bytes | None:
    """The last complete line."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return _last_line(descriptor)[1]
    finally:
        os.close(descriptor)


def _last_line(descriptor: int) -> tuple[int, bytes | None, bool]:
    """Where the last line that counts ends, that line, and whether it has its end."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    length, tail = 0, b""
    while length < size and tail.count(b"\n") < 2:
        length = min(max(TAIL_BYTES, 2 * length), size)  # doubled, so that a long line costs no more than its length
        tail = os.pread(descriptor, length, size - length)
    complete = tail[: tail.rfind(b"\n") + 1]
    if _is_object(rest := tail[len(complete) :]):
        return size, rest, False
    end = size - len(tail) + len(complete)
    lines = complete.splitlines()
    return end, lines[-1] if lines else None, True


def _is_object(text: bytes) -> bool:
    if not text.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _write_all(descriptor: int, offset: int, data: bytes) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written

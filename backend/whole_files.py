"""Files that are whole and on the disk, or not there at all. Knows bytes, not what they mean."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """`write` makes a file beside `path`; it takes its name only once it is whole and on the disk. Raises OSError."""
    making = path.with_name(f".making-{path.name}")
    try:
        write(making)
        flush(making)
        making.replace(path)
        flush(path.parent)
    finally:
        making.unlink(missing_ok=True)


def write_text_whole(path: Path, text: str) -> None:
    write_whole(path, lambda making: making.write_text(text, encoding="utf-8"))


def flush(path: Path) -> None:
    """See that a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _to_the_disk(descriptor)
    finally:
        os.close(descriptor)


def _to_the_disk(descriptor: int) -> None:
    if sys.platform == "darwin":
        # There fsync leaves it in the drive's cache; file systems that know nothing stronger refuse.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)

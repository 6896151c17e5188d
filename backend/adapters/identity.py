"""Says which weights a file holds, by its content. Knows bytes, not tensors; no MLX."""

import hashlib
import os
from pathlib import Path
from threading import Lock

from backend.adapters.tensors import AdapterUnreadable

REMEMBERED = 256

State = tuple[int, ...]

_hashes: dict[State, str] = {}
_hashing = Lock()


def content_hash(file: Path) -> str:
    """SHA-256 of the file, 64 hexadecimal digits. A file that did not change since is not read again.

    Reads about a gigabyte a second, so call it in a thread; several that ask for the same file read it once.
    Raises AdapterUnreadable.
    """
    try:
        state = _state(file.stat())
        if known := _hashes.get(state):
            return known
        with _hashing:
            return _hashes.get(state) or _read(file)
    except OSError as error:
        raise AdapterUnreadable(f"{file} cannot be read: {error.strerror}.") from error


def _read(file: Path) -> str:
    """What is written to meanwhile is read, and not remembered."""
    with file.open("rb") as stream:
        before = _state(os.fstat(stream.fileno()))
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        after = _state(os.fstat(stream.fileno()))
    if before == after:
        _hashes[after] = digest
        if len(_hashes) > REMEMBERED:
            del _hashes[next(iter(_hashes))]
    return digest


def _state(stat: os.stat_result) -> State:
    """Changes whenever the file is written or replaced, also by one of the same size and modification time."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns

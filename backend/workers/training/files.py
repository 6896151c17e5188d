"""Files that are whole and on the disk, or not there at all."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from backend.errors import AppError


class NotSaved(AppError):
    """The disk took no more. `detail` says what was to be saved and what is still there."""

    code = "not_saved"

    def __init__(self, path: Path, error: Exception, kept: str) -> None:
        folder = next(folder for folder in path.parents if folder.exists())
        free = shutil.disk_usage(folder).free / 1e6
        super().__init__(
            f"{path.name} could not be written to {path.parent} ({error}); {free:.0f} MB are free there. "
            f"{kept} Make room, or save less often, and resume the run."
        )


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """`write` makes a file beside `path`; it takes its name only once it is whole and on the disk."""
    making = path.with_name(f".making-{path.name}")
    try:
        write(making)
        flush(making)
        making.replace(path)
        flush(path.parent)
    finally:
        making.unlink(missing_ok=True)


def flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "darwin":
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves it in the drive's cache there
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)

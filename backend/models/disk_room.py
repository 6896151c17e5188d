"""Sees that the disk has room for what is about to be written, and says by how much it has not."""

import shutil
from pathlib import Path

from backend.errors import AppError

SPARE_BYTES = 200_000_000
"""What has to stay free: the disk is not ours alone."""


class NoRoom(AppError):
    status_code = 507
    code = "disk_full"


def free_bytes(folder: Path) -> int:
    """On the disk of a folder that may not be there yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def no_room(folder: Path, what: str, needed_bytes: int) -> NoRoom | None:
    free = free_bytes(folder)
    missing = needed_bytes + SPARE_BYTES - free
    if missing <= 0:
        return None
    return NoRoom(
        f"{what} needs {gigabytes(needed_bytes)} more, and {gigabytes(free)} are free on the disk of {folder}. "
        f"Free {gigabytes(missing)} first."
    )


def gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"

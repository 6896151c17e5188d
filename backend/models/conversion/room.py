"""Whether the disk has room for a model."""

import shutil
from pathlib import Path

from backend.errors import AppError
from backend.models.conversion.words import size

SPARE_BYTES = 10**8
"""For the tokenizer and what else goes with the weights, and so that a run beside can still save."""


class NoRoomOnDisk(AppError):
    """The model would not fit onto the disk."""

    status_code = 507
    code = "disk_full"


def free_bytes(folder: Path) -> int:
    """On the disk of a folder that need not be there yet."""
    there = next(it for it in (folder, *folder.absolute().parents) if it.exists())
    return shutil.disk_usage(there).free


def check_room(folder: Path, size_bytes: int) -> None:
    """Raises NoRoomOnDisk unless a model of `size_bytes` fits beside what is in `folder`."""
    free = free_bytes(folder)
    if size_bytes + SPARE_BYTES > free:
        raise NoRoomOnDisk(
            f"The new model takes {size(size_bytes)}, and {size(SPARE_BYTES)} should stay free, but the disk of "
            f"{folder} has {size(free)} left. Make room first."
        )

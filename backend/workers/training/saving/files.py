"""Files of weights: how they are shared, and what is said where the disk takes no more."""

import os
import shutil
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


def link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)

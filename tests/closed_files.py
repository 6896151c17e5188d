"""Files that are there and cannot be read, for everybody who runs the tests, root too."""

import errno
import os
from pathlib import Path


def make_unreadable(file: Path) -> None:
    """Root reads every file on disk, but nobody reads the first byte of a program's memory."""
    if os.geteuid() == 0:
        file.unlink(missing_ok=True)
        file.symlink_to("/proc/self/mem")
    else:
        file.touch()
        file.chmod(0)


def unreadable_because() -> str:
    return os.strerror(errno.EIO if os.geteuid() == 0 else errno.EACCES)

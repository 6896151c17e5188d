"""Where a download gathers its files: a hidden folder of the library, which a rename shows once it is whole."""

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

STAGING = ".downloading-"
"""Before the id of the job."""
PARTIAL = ".partial"
"""Behind the name of a file that is not whole, or not checked yet."""


def staging_folder(library: Path, job_id: str) -> Path:
    return library / f"{STAGING}{job_id}"


def staged_bytes(library: Path, job_id: str) -> int:
    """What is here already of a download."""
    total = 0
    for file in staging_folder(library, job_id).glob("*"):
        with contextlib.suppress(OSError):  # renamed meanwhile
            total += file.stat().st_size
    return total


def discard(library: Path, job_id: str) -> None:
    shutil.rmtree(staging_folder(library, job_id), ignore_errors=True)


def sweep(library: Path, jobs: Collection[str]) -> None:
    """Remove the files of downloads that no job will resume."""
    for folder in library.glob(f"{STAGING}*"):
        if folder.name.removeprefix(STAGING) not in jobs:
            shutil.rmtree(folder, ignore_errors=True)

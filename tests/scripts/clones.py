"""A clone of the repository as somebody just made it, outside of the working tree, to be set up and broken."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.scripts.machines import REPOSITORY


def clone(folder: Path) -> Path:
    """Every file that is in the repository or would be committed to it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    return folder


def set_up(root: Path, *options: str, **environment: str) -> str:
    """Runs scripts/setup in the clone and returns what it said; it must succeed."""
    done = subprocess.run(
        [root / "scripts" / "setup", *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def snapshot(root: Path) -> dict[str, int]:
    """When each file of the finished set-up was written."""
    return {str(path): path.lstat().st_mtime_ns for path in files_of_the_set_up(root)}


def files_of_the_set_up(root: Path) -> Iterator[Path]:
    yield root / ".droid" / "setup.json"
    yield root / ".droid" / "setup.log"
    yield from (root / ".venv" / "lib").glob("python*/site-packages/*")
    yield from (root / "frontend" / "dist").rglob("*")

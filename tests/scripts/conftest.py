"""What the tests of the set-up share."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.machines import REPOSITORY


@pytest.fixture(scope="session")
def uv() -> str:
    """A real uv: the machine's, or the one that the set-up installed."""
    for candidate in (shutil.which("uv"), str(REPOSITORY / ".droid" / "uv" / "bin" / "uv")):
        if candidate and subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
            return real_path_of(candidate)
    pytest.fail("There is no uv: run scripts/setup --tests first.")


def real_path_of(uv: str) -> str:
    """Behind the launcher that version managers put on the PATH, which needs more commands than a test's PATH has."""
    if Path(uv).read_bytes()[:2] != b"#!":
        return uv
    manager = shutil.which("pyenv")
    found = subprocess.run([manager or "which", "which", "uv"], capture_output=True, text=True, check=True)
    return found.stdout.strip()

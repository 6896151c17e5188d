"""What the tests of the set-up share."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts.clones import clone, set_up
from tests.scripts.machines import REPOSITORY
from tests.scripts.servers import RunningServer


@pytest.fixture(scope="session")
def uv() -> str:
    """A real uv: the machine's, or the one that the set-up installed."""
    for candidate in (shutil.which("uv"), str(REPOSITORY / ".droid" / "uv" / "bin" / "uv")):
        if candidate and subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
            return real_path_of(candidate)
    pytest.fail("There is no uv: run scripts/setup --tests first.")


def real_path_of(uv: str) -> str:
    """Behind the launcher that version managers put on the PATH, which needs more commands than a test's PATH has."""
    manager = shutil.which("pyenv")
    if manager is None or Path(uv).read_bytes()[:2] != b"#!":
        return uv
    found = subprocess.run([manager, "which", "uv"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that is set up; whoever breaks it has it repaired."""
    folder = clone(tmp_path_factory.mktemp("clone") / "a folder with spaces")
    set_up(folder)
    return folder


@pytest.fixture
def start(root: Path, tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Runs `./start.sh` in the clone, and ends it after the test."""
    running: list[RunningServer] = []

    def start_sh(*options: str, folder: Path = root, **environment: str) -> RunningServer:
        command: list[str | Path] = [root / "start.sh", "--no-browser", "--port", "0", *options]
        running.append(RunningServer(command, tmp_path / f"output-{len(running)}", folder=folder, **environment))
        return running[-1]

    yield start_sh
    for server in running:
        server.end()

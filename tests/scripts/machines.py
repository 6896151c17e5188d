"""Machines that cannot be had here, as a PATH of their own: the system's commands by link, and stand-ins that answer
as the commands of another machine do. The set-up under test is the real one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEM_COMMANDS = ("bash", "dirname", "env", "getconf", "id", "uname")
REAL_PYTHON = os.path.realpath(str(getattr(sys, "_base_executable", sys.executable)))


class Machine:
    """A fresh copy of the set-up's files, and a PATH on which only what a test puts there is found."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.path = folder / "bin"
        self.path.mkdir()
        for name in ("scripts", "requirements", "frontend"):
            shutil.copytree(
                REPOSITORY / name,
                self.root / name,
                ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__"),
            )
        for command in SYSTEM_COMMANDS:
            self.link(command, shutil.which(command) or command)

    def link(self, command: str, target: str) -> None:
        (self.path / command).unlink(missing_ok=True)
        (self.path / command).symlink_to(target)

    def answers(self, command: str, answer: str, *, code: int = 0) -> None:
        """Puts a stand-in for a command of the other machine on the PATH."""
        (self.path / command).unlink(missing_ok=True)
        (self.path / command).write_text(f"#!{shutil.which('bash')}\necho '{answer}'\nexit {code}\n")
        (self.path / command).chmod(0o755)

    def is_a_mac(self, processor: str = "arm64") -> None:
        script = f'#!{shutil.which("bash")}\n[ "$1" = -m ] && echo {processor} || echo Darwin\n'
        (self.path / "uname").unlink()
        (self.path / "uname").write_text(script)
        (self.path / "uname").chmod(0o755)

    def has_python(self) -> None:
        (self.path / "python3").write_text(f'#!{shutil.which("bash")}\nexec "{REAL_PYTHON}" "$@"\n')
        (self.path / "python3").chmod(0o755)

    def set_up(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.root / "scripts" / "setup"],
            env={"PATH": str(self.path), "HOME": str(self.root.parent), "TERM": "dumb", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )


def python_without_ensurepip(folder: Path) -> str:
    """A real Python as Debian's python3 without python3-venv: everything of this one by link, but for one module."""
    library = Path(os.__file__).parent
    made = folder / "lib" / library.name
    made.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("ensurepip", "site-packages", "__pycache__"):
            (made / entry.name).symlink_to(entry)
    binary = folder / "bin" / f"python3.{sys.version_info.minor}"
    binary.parent.mkdir()
    shutil.copy(REAL_PYTHON, binary)
    return str(binary)

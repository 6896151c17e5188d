"""The Python environment in .venv: built from the lock files with uv, or with pip where uv cannot be had.

Knows nothing of Node or pages.
"""

import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from scripts.installer.machine import Variant, answer, choose_variant, read_machine
from scripts.installer.report import ROOT, STATE_FOLDER, CommandFailed, Refusal, run, say, step
from scripts.installer.state import State, digest

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
CLEAR_TRIES = 40
CLEAR_PAUSE_SECONDS = 0.25
BUILD_TRIES = 8
PARQUET = "parquet"
"""The lock file of what reads Parquet files, and the step that remembers that it was asked for."""


@cache
def base_python() -> str:
    """The interpreter outside of any environment, which stays when .venv is built anew.

    To be asked for before .venv is removed: a half-built one is no environment to Python, only a link to follow.
    """
    return os.path.realpath(str(getattr(sys, "_base_executable", sys.executable)))


def entries() -> list[str]:
    """What lies at the top of the environment's site-packages; empty where there is none."""
    folders = VENV.glob("lib/python*/site-packages")
    return sorted(path.name for folder in folders for path in folder.iterdir() if path.name != "__pycache__")


def fingerprint(locks: list[str]) -> str:
    return digest([LOCKS / f"{lock}.lock" for lock in locks], str(ROOT), base_python())


def is_current(state: State, extras: list[str]) -> bool:
    """`extras` are lock files beside the one for the machine."""
    noted = state.get("python")
    return (
        noted is not None
        and set(extras) <= set(noted["locks"])
        and noted["fingerprint"] == fingerprint(noted["locks"])
        and os.path.realpath(PYTHON) == base_python()
        and set(noted["entries"]) <= set(entries())
    )


def set_up(state: State, extras: list[str]) -> str:
    """Makes .venv what the lock files say, with what it had before. Returns the build of MLX that is in it."""
    noted = state.get("python")
    if noted is not None and is_current(state, extras):
        return str(noted["locks"][0])
    variant, remark = choose_variant(read_machine())
    if remark:
        say(remark)
    before = noted["locks"][1:] if noted is not None else []
    locks: list[str] = [variant, *dict.fromkeys([*before, *extras])]
    state.forget("python")
    with step(*announcement(noted is None, variant)):
        uv = find_uv()
        if not can_build_on(noted, variant):
            build_venv(uv)
        install(uv, locks)
        prove_import()
    state.note("python", {"locks": locks, "fingerprint": fingerprint(locks), "entries": entries()})
    return variant


def announcement(first_time: bool, variant: Variant) -> tuple[str, str]:
    size = "about 1 min" if variant == "cpu" else "about 2.5 GB, some minutes"
    return "Installing Python packages", f"first time, {size}" if first_time else "they changed or are damaged"


def can_build_on(noted: dict[str, object] | None, variant: Variant) -> bool:
    """An environment that was finished once, for the same place, Python and build of MLX, and that lost nothing."""
    if noted is None or not isinstance(noted["locks"], list) or not isinstance(noted["entries"], list):
        return False
    same_python = (
        answer(str(PYTHON), "-c", "import os, sys; print(os.path.realpath(sys._base_executable))") == base_python()
    )
    return noted["locks"][0] == variant and same_python and set(noted["entries"]) <= set(entries())


def find_uv() -> str | None:
    """uv from the machine, or installed beside the environment; None where there is none for this machine."""
    for candidate in (shutil.which("uv"), str(STATE_FOLDER / "uv" / "bin" / "uv")):
        if candidate and answer(candidate, "--version"):
            return candidate
    require_venv_module()
    home = STATE_FOLDER / "uv"
    try:
        run([base_python(), "-m", "venv", "--clear", home])
        run([home / "bin" / "python", "-m", "pip", "install", "--require-hashes", "-r", LOCKS / "uv.lock"])
    except CommandFailed as failed:
        if failed.cause != "command":
            raise
        say("  uv cannot be installed here; going on with pip, which takes longer")
        return None
    return str(home / "bin" / "uv")


def require_venv_module() -> None:
    """Debian and Ubuntu split it off into a package of its own.

    Raises Refusal with the name of that package.
    """
    if answer(base_python(), "-c", "import ensurepip, venv; print('there')"):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise Refusal(
        f"Python {version} is here without its 'venv' and 'ensurepip' modules, which build an environment.\n"
        f"On Debian or Ubuntu: 'sudo apt-get install python{version}-venv'. Then run this again."
    )


def clear_venv() -> None:
    """What an installation that was killed leaves running for a moment may still write here while it is removed."""
    for _ in range(CLEAR_TRIES):
        if VENV.is_symlink():
            VENV.unlink()
        shutil.rmtree(VENV, ignore_errors=True)
        if not VENV.exists():
            return
        time.sleep(CLEAR_PAUSE_SECONDS)
    raise Refusal(f"The damaged environment {VENV} cannot be removed. Remove it by hand, then run this again.")


def build_venv(uv: str | None) -> None:
    """Again where the installation that was killed has made .venv anew just before this could."""
    python = base_python()
    if uv is None:
        require_venv_module()
    command: list[str | Path] = [python, "-m", "venv", "--clear", VENV]
    if uv is not None:
        command = [uv, "venv", "--no-project", "--no-config", "--clear", "--python", python, VENV]
    for tries_left in reversed(range(BUILD_TRIES)):
        clear_venv()
        try:
            run(command)
            return
        except CommandFailed:
            if tries_left == 0:
                raise
            time.sleep(CLEAR_PAUSE_SECONDS)


def install(uv: str | None, locks: list[str]) -> None:
    files = [word for lock in locks for word in ("-r", str(LOCKS / f"{lock}.lock"))]
    if uv is None:
        run([base_python(), "-m", "venv", VENV])
        run([PYTHON, "-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", *files])
    else:
        run([uv, "pip", "install", "--python", PYTHON, "--require-hashes", "--only-binary", ":all:", *files])


def install_beside(lock: str, folder: Path) -> None:
    """Unpacks what one lock file names into a folder of its own, outside of the environment."""
    uv = find_uv()
    pip = [uv, "pip"] if uv else [PYTHON, "-m", "pip"]
    run(
        [
            *pip,
            "install",
            "--target",
            folder,
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-r",
            LOCKS / f"{lock}.lock",
        ]
    )


def prove_import() -> None:
    """Raises Refusal with Python's words if the packages are there and do not work together."""
    lines = "import fastapi, uvicorn, mlx.core"
    done = subprocess.run([PYTHON, "-c", lines], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return
    words = (
        "\n".join("    " + line for line in done.stderr.strip().splitlines()[-6:]) or f"    exit code {done.returncode}"
    )
    raise Refusal(f"The packages are installed, but do not load on this machine:\n{words}")


def forget(state: State) -> None:
    """For --repair: the next set-up builds the environment from nothing."""
    state.forget("python")
    shutil.rmtree(Path(STATE_FOLDER / "uv"), ignore_errors=True)

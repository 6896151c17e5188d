"""What comes from the system's package manager: a fast BLAS for training on the CPU, a Chromium for the tests.

`python -m scripts.installer.system_packages` prints where the Chromium is.
"""

import ctypes.util
import os
import shutil
from pathlib import Path

from scripts.installer.machine import can_use_apt
from scripts.installer.report import CommandFailed, run, say, step
from scripts.installer.state import State

CHROMIUM_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str | None:
    """A Chromium or Chrome on this machine; DROID_CHROMIUM names another one."""
    named = os.environ.get("DROID_CHROMIUM")
    if named:
        return named
    found = [path for path in map(shutil.which, CHROMIUM_COMMANDS) if path]
    return next(iter(found + [app for app in CHROMIUM_APPS if Path(app).exists()]), None)


def set_up_blas(state: State) -> None:
    """Without OpenBLAS, training on a Linux CPU is 25 to 50 times slower; said once where it cannot be installed."""
    if state.get("blas") or has_openblas():
        return
    if not install_with_apt("libopenblas0-pthread", "OpenBLAS, which makes training on the CPU fast"):
        say(
            "Training on this CPU will be many times slower without OpenBLAS: "
            "'sudo apt-get install libopenblas0-pthread' (Fedora: openblas-threads) mends that."
        )
    state.note("blas", "asked for")


def has_openblas() -> bool:
    return ctypes.util.find_library("openblas") is not None


def set_up_chromium() -> None:
    if install_with_apt("chromium", "Chromium for the tests in a browser"):
        return
    say(
        "There is no Chrome or Chromium for the tests in a browser: install one ('sudo apt-get install chromium' on "
        "Debian, google.com/chrome on a Mac), or name one in DROID_CHROMIUM."
    )


def install_with_apt(package: str, what: str) -> bool:
    """Whether the package could be installed: as root on Debian and its like."""
    if not can_use_apt():
        return False
    try:
        with step(f"Installing {what}", "about half a minute"):
            apt_install(package)
    except CommandFailed as failed:
        say(f"  apt-get could not install {package}: {failed}")
        return False
    return True


def apt_install(package: str) -> None:
    """A machine whose package lists are missing or old needs them first. Raises CommandFailed."""
    quietly = {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    try:
        run(install, environment=quietly)
    except CommandFailed:
        run(["apt-get", "update"], environment=quietly)
        run(install, environment=quietly)


if __name__ == "__main__":
    print(find_chromium() or "")

"""Where the set-up cannot go on, it says why and what would help, and leaves nothing behind that counts as done."""

from pathlib import Path

import pytest

from tests.scripts.machines import REAL_PYTHON, Machine, python_without_ensurepip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def refused(machine: Machine, *words: str, **environment: str) -> str:
    done = machine.set_up(**environment)
    assert done.returncode == 1, done.stdout + done.stderr
    for sentence in words:
        assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    state = machine.root / ".droid" / "setup.json"
    assert not state.exists() or '"fingerprint"' not in state.read_text()
    return done.stderr


def test_a_machine_without_python_is_told_which_to_install(machine: Machine) -> None:
    refused(
        machine,
        "Droid FineTuning needs Python 3.11, 3.12, 3.13 or 3.14, and there is no Python on this machine.",
        "Then run this again.",
    )


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    machine.answers("python3", "3.9 x86_64")
    machine.answers("python", "2.7 x86_64")
    refused(
        machine,
        "needs Python 3.11, 3.12, 3.13 or 3.14. Found: python3 is 3.9, python is 2.7.",
    )


def test_a_python_too_new_for_the_packages_is_refused(machine: Machine) -> None:
    machine.answers("python3", "3.15 x86_64")
    refused(machine, "needs Python 3.11, 3.12, 3.13 or 3.14. Found: python3 is 3.15.")


def test_a_newer_python_beside_an_old_one_is_used(machine: Machine) -> None:
    machine.answers("python3", "3.9 x86_64")
    (machine.path / "python3.12").write_text(f'#!/bin/sh\nexec "{REAL_PYTHON}" "$@"\n')
    (machine.path / "python3.12").chmod(0o755)
    machine.answers("getconf", "glibc 2.31")
    refused(machine, "glibc 2.31")


def test_debian_is_told_its_command(machine: Machine) -> None:
    machine.answers("apt-get", "")
    refused(machine, "sudo apt-get install python3 python3-venv")


def test_an_intel_python_under_rosetta_is_named(machine: Machine) -> None:
    machine.is_a_mac()
    machine.answers("sysctl", "1")
    machine.answers("python3", "3.12 x86_64")
    refused(
        machine,
        f"{machine.path}/python3 runs here as an Intel program under Rosetta",
        "MLX needs a Python that runs as arm64 (Apple Silicon).",
        "If your terminal opens with Rosetta (Finder > Get Info), clear that.",
        "brew install python",
    )


def test_an_intel_mac_is_refused(machine: Machine) -> None:
    machine.is_a_mac("x86_64")
    machine.answers("sysctl", "0")
    machine.answers("sw_vers", "15.1")
    machine.has_python()
    refused(machine, "This Mac has an Intel processor, and MLX needs Apple Silicon (M1 or newer).")


def test_macos_13_is_refused(machine: Machine) -> None:
    machine.is_a_mac()
    machine.answers("sw_vers", "13.6.1")
    machine.has_python()
    refused(machine, "This is macOS 13.6.1, and MLX needs macOS 14 or newer.", "Software Update")


def test_an_old_glibc_is_refused(machine: Machine) -> None:
    machine.answers("getconf", "glibc 2.31")
    machine.has_python()
    refused(machine, "This system has glibc 2.31, and MLX needs 2.35 or newer: Debian 12, Ubuntu 22.04")


def test_a_system_with_another_c_library_is_refused(machine: Machine) -> None:
    machine.answers("getconf", "getconf: GNU_LIBC_VERSION: unknown variable", code=1)
    machine.has_python()
    refused(machine, "This Linux has no GNU C library (Alpine, for one, has musl), and MLX needs glibc 2.35")


def test_windows_is_sent_to_wsl(machine: Machine) -> None:
    machine.answers("uname", "MINGW64_NT-10.0")
    machine.has_python()
    refused(machine, "runs on macOS and Linux, not on MINGW64_NT-10.0", "WSL 2")


def test_a_python_without_venv_names_the_debian_package(machine: Machine, tmp_path: Path) -> None:
    machine.link("python3", python_without_ensurepip(tmp_path / "debian"))
    version = Path(machine.path / "python3").resolve().name
    refused(
        machine,
        f"{version.replace('python', 'Python ')} is here without its 'venv' and 'ensurepip' modules",
        f"'sudo apt-get install {version}-venv'",
    )


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_without_a_network_it_says_so_and_marks_nothing_as_done(machine: Machine, installer: str, uv: str) -> None:
    machine.has_python()
    if installer == "uv":
        machine.link("uv", uv)
    nowhere = "http://127.0.0.1:9/simple"
    words = refused(
        machine,
        "the network or the package index cannot be reached",
        "Check the connection (and HTTPS_PROXY, if you use a proxy), then run this again",
        UV_DEFAULT_INDEX=nowhere,
        UV_CACHE_DIR=str(machine.root / "empty-cache"),
        UV_HTTP_RETRIES="0",
        PIP_CONFIG_FILE="/dev/null",
        PIP_INDEX_URL=nowhere,
        PIP_RETRIES="1",
    )
    assert f"The log of this set-up is {machine.root}/.droid/setup.log" in words
    assert nowhere in (machine.root / ".droid" / "setup.log").read_text()


def test_a_folder_that_cannot_be_written_is_no_traceback(machine: Machine) -> None:
    machine.has_python()
    (machine.root / ".droid").write_text("a file where the folder should be")
    done = machine.set_up()
    assert done.returncode == 1
    assert f"The set-up cannot write in this folder: File exists: {machine.root}/.droid" in done.stderr

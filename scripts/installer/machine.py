"""Whether this machine can run MLX, and which build of it. Asks the system's own commands; installs nothing."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

Variant = Literal["cpu", "cuda12", "cuda13"]

LEAST_MACOS = 14
LEAST_GLIBC = (2, 35)
LEAST_DRIVER: dict[Variant, int] = {"cuda13": 580, "cuda12": 550}


@dataclass(frozen=True)
class Machine:
    system: str  # "Darwin" or "Linux", as uname says
    processor: str  # "arm64", "aarch64" or "x86_64"
    macos: str | None = None  # "14.5"
    glibc: str | None = None  # "2.36"; None on Linux means another C library
    nvidia_driver: str | None = None  # "580.65.06"; None where no GPU answers


def answer(*command: str) -> str | None:
    """What a command prints, or None where it is missing, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def read_machine() -> Machine:
    system, processor = answer("uname", "-s") or "unknown", answer("uname", "-m") or "unknown"
    if system == "Darwin":
        return Machine(system, processor, macos=answer("sw_vers", "-productVersion"))
    glibc = re.search(r"glibc (\d+\.\d+)", answer("getconf", "GNU_LIBC_VERSION") or "")
    driver = answer("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    return Machine(
        system,
        processor,
        glibc=glibc.group(1) if glibc else None,
        nvidia_driver=driver.splitlines()[0] if driver else None,
    )


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def why_not(machine: Machine) -> str | None:
    """The sentence that says why MLX cannot run here and what would, or None where it can."""
    if machine.system == "Darwin":
        if machine.processor != "arm64":
            return (
                "This Mac has an Intel processor, and MLX needs Apple Silicon (M1 or newer). Use such a Mac, or Linux."
            )
        if machine.macos and numbers(machine.macos)[0] < LEAST_MACOS:
            return (
                f"This is macOS {machine.macos}, and MLX needs macOS {LEAST_MACOS} or newer. "
                "Update it in System Settings > General > Software Update, then run this again."
            )
        return None
    if machine.system != "Linux":
        return (
            f"Droid FineTuning runs on macOS and Linux, not on {machine.system}. On Windows, use Ubuntu 24.04 in WSL 2."
        )
    if machine.processor not in ("x86_64", "aarch64"):
        return f"MLX has no packages for {machine.processor} processors; x86_64 and aarch64 (arm64) work."
    least = ".".join(map(str, LEAST_GLIBC))
    if machine.glibc is None:
        return (
            f"This Linux has no GNU C library (Alpine, for one, has musl), and MLX needs glibc {least} or newer: "
            "Debian 12, Ubuntu 22.04, Fedora 36 or anything newer."
        )
    if numbers(machine.glibc) < LEAST_GLIBC:
        return (
            f"This system has glibc {machine.glibc}, and MLX needs {least} or newer: "
            "Debian 12, Ubuntu 22.04, Fedora 36 or anything newer."
        )
    return None


def choose_variant(machine: Machine) -> tuple[Variant, str | None]:
    """The build of MLX for this machine, and what to say about the choice, if anything."""
    if machine.nvidia_driver is None:
        return "cpu", None
    major = numbers(machine.nvidia_driver)[0]
    for variant, least in LEAST_DRIVER.items():
        if major >= least:
            return (
                variant,
                f"NVIDIA driver {machine.nvidia_driver} found: installing MLX for {variant.replace('cuda', 'CUDA ')}.",
            )
    return "cpu", (
        f"NVIDIA driver {machine.nvidia_driver} is older than {LEAST_DRIVER['cuda12']}, so training runs on the CPU. "
        "Update the driver and run 'scripts/setup --repair' to use the GPU."
    )


def can_use_apt() -> bool:
    return shutil.which("apt-get") is not None and answer("id", "-u") == "0"

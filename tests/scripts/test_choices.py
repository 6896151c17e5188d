"""What the set-up chooses for a machine: the build of MLX, and whose Node."""

import os
from pathlib import Path

import pytest

from scripts.installer.frontend import node_fits
from scripts.installer.machine import Machine, Variant, choose_variant, read_machine
from tests.scripts import machines


@pytest.mark.parametrize(
    ("driver", "variant", "remark"),
    [
        (None, "cpu", None),
        ("595.12", "cuda13", "NVIDIA driver 595.12 found: installing MLX for CUDA 13."),
        ("580.65.06", "cuda13", "NVIDIA driver 580.65.06 found: installing MLX for CUDA 13."),
        ("570.133.20", "cuda12", "NVIDIA driver 570.133.20 found: installing MLX for CUDA 12."),
        (
            "535.230.02",
            "cpu",
            "NVIDIA driver 535.230.02 is older than 550, so training runs on the CPU. "
            "Update the driver and run 'scripts/setup --repair' to use the GPU.",
        ),
    ],
)
def test_the_driver_decides_the_build_of_mlx(driver: str | None, variant: Variant, remark: str | None) -> None:
    machine = Machine("Linux", "x86_64", glibc="2.36", nvidia_driver=driver)
    assert choose_variant(machine) == (variant, remark)


def test_the_driver_is_read_from_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = machines.Machine(tmp_path)
    other.answers("nvidia-smi", "580.65.06\n580.65.06")
    monkeypatch.setenv("PATH", f"{other.path}:{os.environ['PATH']}")
    assert read_machine().nvidia_driver == "580.65.06"
    other.answers("nvidia-smi", "NVIDIA-SMI has failed because it could not communicate with the driver", code=9)
    assert read_machine().nvidia_driver is None


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        (None, False),
        ("", False),
        ("v18.20.4", False),
        ("v20.18.1", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_a_node_that_the_build_tools_accept(version: str | None, fits: bool) -> None:
    assert node_fits(version) is fits

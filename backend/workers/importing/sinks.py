"""Where rows go that are kept: counted only, or written to the files of a data set."""

import shutil
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import numpy as np

from backend.datasets.importing.dividing import SIDES, divide
from backend.datasets.importing.schemas import SplitPlan
from backend.datasets.schemas import Split
from backend.whole_files import flush

BUFFER_BYTES = 1 << 20
UNDIVIDED = ".undivided"


class Counter:
    """Counts rows for each split, as the plan divides them or as their files say."""

    def __init__(self, plan: SplitPlan | None) -> None:
        self._plan = plan
        self._contents, self._groups = array("Q"), array("Q")
        self._counts: dict[Split, int] = dict.fromkeys(SIDES, 0)

    def take(self, line: bytes, content: int, group: int, split: Split) -> None:
        if self._plan is None:
            self._counts[split] += 1
        else:
            self._contents.append(content)
            if self._plan.group_column is not None:
                self._groups.append(group)

    def sides(self) -> "np.ndarray":
        """uint8 (rows,), the number in SIDES of each row that was taken."""
        assert self._plan is not None
        if not len(self._contents):
            return np.zeros(0, dtype=np.uint8)
        contents = np.frombuffer(self._contents, dtype=np.uint64)
        grouped = self._plan.group_column is not None
        return divide(contents, np.frombuffer(self._groups, dtype=np.uint64) if grouped else contents, self._plan)

    def splits(self) -> dict[Split, int]:
        if self._plan is not None:
            counts = np.bincount(self.sides(), minlength=len(SIDES))
            self._counts = {split: int(counts[number]) for number, split in enumerate(SIDES)}
        return {split: count for split, count in self._counts.items() if count}


class Files(Counter):
    """Writes rows into `folder`: to the files of their splits, or to one that is divided when all are there."""

    def __init__(self, folder: Path, plan: SplitPlan | None) -> None:
        super().__init__(plan)
        self._folder = folder
        self._open: dict[str, IO[bytes]] = {}
        self._closing = ExitStack()

    def take(self, line: bytes, content: int, group: int, split: Split) -> None:
        super().take(line, content, group, split)
        self._file(UNDIVIDED if self._plan else f"{split}.jsonl").write(line)

    def finish(self) -> dict[Split, int]:
        """Every file whole and on the disk; how many rows each split has."""
        self._close()
        if self._plan is not None and (self._folder / UNDIVIDED).exists():
            self._divide()
        splits = self.splits()
        for split in splits:
            flush(self._folder / f"{split}.jsonl")
        return splits

    def close(self) -> None:
        self._close()

    def _divide(self) -> None:
        undivided = self._folder / UNDIVIDED
        names = [f"{split}.jsonl" for split in SIDES]
        with undivided.open("rb", buffering=BUFFER_BYTES) as lines:
            for line, side in zip(lines, _numbers(self.sides()), strict=True):
                self._file(names[side]).write(line)
        self._close()
        undivided.unlink()

    def _file(self, name: str) -> IO[bytes]:
        if name not in self._open:
            self._open[name] = self._closing.enter_context((self._folder / name).open("wb", buffering=BUFFER_BYTES))
        return self._open[name]

    def _close(self) -> None:
        self._open = {}
        self._closing.close()


def _numbers(sides: "np.ndarray") -> Iterator[int]:
    for begin in range(0, len(sides), BUFFER_BYTES):
        yield from sides[begin : begin + BUFFER_BYTES].tolist()


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)

"""Everything that a run needs to go on exactly where it was, in one file that is whole or not there at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_map_with_path

from backend.errors import AppError
from backend.training.resume import RESUME_FILE
from backend.whole_files import write_whole
from backend.workers.training.engine.step import Learned
from backend.workers.training.progress import Progress
from backend.workers.training.saving.files import NotSaved


class ResumeFile:
    """`surroundings` is what the last bits of a computation depend on: see surroundings.py."""

    def __init__(self, session_folder: Path, surroundings: Mapping[str, str]) -> None:
        self.path = session_folder / RESUME_FILE
        self._surroundings = dict(surroundings)

    def write(self, learned: Learned, progress: Progress) -> None:
        """Raises NotSaved, with the file before still in its place, where the disk takes no more."""
        tensors: dict[str, mx.array] = dict(tree_flatten(_tree(learned)))
        metadata = {
            "iteration": str(progress.iteration),
            "progress": progress.to_json(),
            "surroundings": json.dumps(self._surroundings),
        }
        try:
            write_whole(self.path, lambda path: mx.save_safetensors(str(path), tensors, metadata))
        except (OSError, RuntimeError) as error:
            kept = "What was saved before is still there." if self.path.exists() else "Nothing was saved yet."
            raise NotSaved(self.path, error, kept) from error

    def read(self, fresh: Learned) -> tuple[Learned, Progress, list[str]] | None:
        """What was learned, in the shape of `fresh`, how far it is, and in words how the surroundings differ.

        None where nothing was saved yet. Raises AppError where the file is of another run or damaged.
        """
        if not self.path.exists():
            return None
        try:
            loaded: Any = mx.load(str(self.path), return_metadata=True)
            tensors, metadata = loaded
            progress = Progress.from_json(metadata["progress"])
            before: dict[str, str] = json.loads(metadata["surroundings"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise AppError(f"{self.path} is damaged, so this run cannot go on exactly: {error}") from error
        learned = tree_map_with_path(lambda name, value: self._fitting(tensors, name, value), _tree(fresh))
        mx.eval(learned)
        return Learned(**learned), progress, _differences(before, self._surroundings)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)

    def _fitting(self, tensors: Any, name: str, value: mx.array) -> mx.array:
        found: mx.array | None = tensors.get(name)
        if found is None or found.shape != value.shape or found.dtype != value.dtype:
            raise AppError(
                f"{self.path} holds {name} as {'nothing' if found is None else f'{found.shape} {found.dtype}'}, "
                f"but this run needs {value.shape} {value.dtype}: its settings were changed since."
            )
        return found


def _tree(learned: Learned) -> dict[str, Any]:
    return {"parameters": learned.parameters, "optimizer": learned.optimizer}


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [f"{what} was {before.get(what)}, is {now.get(what)}" for what in now if before.get(what) != now.get(what)]

"""The adapters under artifacts/lora_adapters: lists, finds and deletes them. Knows folders, no base models, no MLX."""

import contextlib
import os
import shutil
import stat
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend.adapters.contents import read_contents
from backend.adapters.folder import BEST, AdapterRecord, LoraParameters, checkpoints, choose_weights, read_record
from backend.adapters.leftovers import DELETED
from backend.adapters.schemas import Adapter
from backend.adapters.tensors import read_tensors
from backend.errors import AppError, Conflict, NotFound
from backend.folders import shown, unusable_name
from backend.lora.methods import Method
from backend.lora.paths import relative_key
from backend.names import is_name
from backend.settings import Settings


class AdapterNotFound(NotFound):
    code = "adapter_not_found"


class AdapterInUse(Conflict):
    code = "adapter_in_use"


def _nobody(name: str) -> str | None:
    return None


class AdapterLibrary:
    """`in_use` gives the id of the session that writes, or will write, the adapter of a name."""

    def __init__(self, settings: Settings, in_use: Callable[[str], str | None] = _nobody) -> None:
        self.folder = settings.adapters
        self.in_use = in_use

    def list(self) -> list[Adapter]:
        """All adapters, the newest first. A folder that cannot be used says why in `problem`."""
        if not self.folder.is_dir():
            return []
        folders = [folder for folder in self.folder.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
        return sorted(map(_describe, folders), key=lambda adapter: adapter.created_at, reverse=True)

    def get(self, name: str) -> Adapter:
        return _describe(self.resolve(name))

    def resolve(self, name: str) -> Path:
        """The folder of the adapter `name`. Raises AdapterNotFound, and for everything that is no name too."""
        folder = self.folder / name
        if not is_name(name) or not folder.is_dir():
            raise AdapterNotFound(f"There is no adapter named '{name}' in {self.folder}.{self._nearest()}")
        return folder

    def session_of(self, name: str) -> str | None:
        """The session that trained the adapter; None where there is no such adapter, or where nobody wrote it down."""
        folder = self.folder / name
        return read_record(folder).provenance.session_id if is_name(name) and folder.is_dir() else None

    def delete(self, name: str) -> None:
        """Raises AdapterNotFound, or AdapterInUse while a session writes to it. A linked folder itself stays."""
        folder = self.resolve(name)
        if session := self.in_use(name):
            raise AdapterInUse(
                f"The adapter {name} belongs to session {session}, which waits or trains; stop it first."
            )
        if folder.is_symlink():
            folder.unlink()
            return
        # Renaming first makes it gone at once, also where removing many files is interrupted.
        doomed = folder.rename(self.folder / f"{DELETED}{name}-{uuid.uuid4().hex[:8]}")
        shutil.rmtree(doomed)

    def _nearest(self) -> str:
        names = sorted(adapter.name for adapter in self.list())
        return f" There is {', '.join(names[:8])}." if names else " There is none yet: train one first."


def _describe(folder: Path) -> Adapter:
    record = read_record(folder)
    found = _look_inside(record)
    files = _file_states(folder)
    lora = LoraParameters() if found.method == "full" else record.lora
    return Adapter(
        name=shown(folder.name),
        path=shown(folder),
        model_name=record.model,
        session_id=record.provenance.session_id,
        created_at=max((state.st_mtime for state in files), default=0.0),
        size_bytes=sum(state.st_size for state in files),
        method=found.method,
        rank=found.rank,
        alpha=lora.alpha if lora.alpha is not None else _product(lora.scale, found.rank),
        scale=lora.scale,
        num_layers=record.num_layers,
        keys=lora.keys if lora.keys is not None else found.keys,
        has_best=(folder / BEST).is_file(),
        checkpoints=checkpoints(folder),
        problem=found.problem,
    )


def _file_states(folder: Path) -> "list[os.stat_result]":
    """Of every file in the folder; those that a training run moves away meanwhile are left out."""
    states = []
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            states.append(file.stat())
    return [state for state in states if stat.S_ISREG(state.st_mode)]


@dataclass(frozen=True)
class _Inside:
    """What the tensors of an adapter say: the method, their rank if it is one, the keys, or why it cannot be used."""

    method: Method | None = None
    rank: int | None = None
    keys: list[str] = field(default_factory=list)
    problem: str | None = None


def _look_inside(record: AdapterRecord) -> _Inside:
    try:
        contents = read_contents(record, read_tensors(choose_weights(record.folder, None).path))
    except AppError as error:
        return _Inside(rank=record.lora.rank, problem=error.detail)
    different = set(contents.ranks.values())
    keys = dict.fromkeys(relative_key(path) or path for path in contents.ranks)
    return _Inside(
        method=contents.method,
        rank=different.pop() if len(different) == 1 else None,
        keys=list(keys),
        problem=unusable_name(record.folder),
    )


def _product(scale: float | None, rank: int | None) -> float | None:
    return scale * rank if scale is not None and rank is not None else None

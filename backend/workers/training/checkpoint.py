"""Writes an adapter's folder as mlx-lm reads it, each file whole or not at all."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn

from backend.adapters.folder import BEST, LATEST, checkpoint_name
from backend.adapters.leftovers import MAKING, REPLACED
from backend.errors import AppError
from backend.training.plan import RunPlan
from backend.workers.training.export import adapter_config, adapter_tensors, provenance


class NotSaved(AppError):
    """The disk took no more. `detail` says what was to be saved and what is still there."""

    code = "not_saved"


class AdapterFolder:
    """Appears at the first save, whole. An adapter that is to be replaced is put aside then; `settle` removes it."""

    def __init__(self, plan: RunPlan, session_id: str) -> None:
        self.plan = plan
        self.path = plan.adapter_folder
        self._descriptions = {
            "adapter_config.json": adapter_config(plan),
            "provenance.json": provenance(plan, session_id),
        }
        self._making = self.path.with_name(f"{MAKING}{self.path.name}")
        self._aside = self.path.with_name(f"{REPLACED}{self.path.name}")
        self._begun = False
        self._refuse_to_overwrite()

    def save_latest(self, model: nn.Module, iteration: int) -> None:
        self._save(model, LATEST, iteration)

    def save_best(self, model: nn.Module, iteration: int) -> None:
        if not self._begun:
            self.save_latest(model, iteration)
        self._save(model, BEST, iteration)

    def save_checkpoint(self, model: nn.Module, iteration: int) -> str:
        """The latest weights and the same bytes as a numbered checkpoint, whose name is returned."""
        self.save_latest(model, iteration)
        name = checkpoint_name(iteration)
        _atomically(self.path / name, lambda path: _link_or_copy(self.path / LATEST, path))
        return name

    def settle(self) -> None:
        """The new adapter is there to stay."""
        shutil.rmtree(self._aside, ignore_errors=True)

    def discard(self) -> None:
        """There is no new adapter after all; what it was to replace comes back."""
        if not self._begun:
            return
        shutil.rmtree(self.path)
        if self._aside.exists():
            self._aside.rename(self.path)
        self._begun = False

    def discard_checkpoint(self, iteration: int) -> None:
        (self.path / checkpoint_name(iteration)).unlink(missing_ok=True)

    def _save(self, model: nn.Module, name: str, iteration: int) -> None:
        tensors = adapter_tensors(model, self.plan)
        metadata = {"format": "mlx", "iteration": str(iteration)}
        folder = self.path if self._begun else self._making
        try:
            if not self._begun:
                self._describe()
            _atomically(folder / name, lambda path: mx.save_safetensors(str(path), tensors, metadata))
            if not self._begun:
                self._appear()
        except (OSError, RuntimeError) as error:
            shutil.rmtree(self._making, ignore_errors=True)
            raise NotSaved(self._why(name, error)) from error

    def _describe(self) -> None:
        shutil.rmtree(self._making, ignore_errors=True)
        self._making.mkdir(parents=True)
        for name, content in self._descriptions.items():
            text = json.dumps(content, indent=4, ensure_ascii=False) + "\n"
            (self._making / name).write_text(text, encoding="utf-8")
            _flush(self._making / name)

    def _appear(self) -> None:
        self._refuse_to_overwrite()
        if self.path.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self.path.rename(self._aside)
        self._making.rename(self.path)
        _flush(self.path.parent)
        self._begun = True

    def _refuse_to_overwrite(self) -> None:
        if self.path.exists() and self.plan.config.on_existing != "replace":
            raise AppError(f"An adapter '{self.path.name}' has appeared since this run was queued; it is not replaced.")

    def _why(self, name: str, error: Exception) -> str:
        free = shutil.disk_usage(self.plan.model_folder if not self.path.parent.exists() else self.path.parent).free
        kept = "What was saved before is still there." if self._begun else "Nothing was saved yet."
        return (
            f"{name} could not be written to {self.path} ({error}); {free / 1e6:.0f} MB are free there. "
            f"{kept} Make room, or save less often, and start again."
        )


def _atomically(path: Path, write: Callable[[Path], object]) -> None:
    """`write` makes a file beside `path`; it takes its name only once it is whole and on the disk."""
    making = path.with_name(f".making-{path.name}")
    try:
        write(making)
        _flush(making)
        making.replace(path)
        _flush(path.parent)
    finally:
        making.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)

"""Writes an adapter's folder as mlx-lm reads it, each file whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from backend.adapters.folder import BEST, LATEST, checkpoint_name
from backend.adapters.leftovers import MAKING, REPLACED
from backend.errors import AppError
from backend.training.plan import RunPlan, lora_parameters

VERSIONED = ("mlx", "mlx-lm", "transformers")


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
        tensors = dict(tree_flatten(model.trainable_parameters()))
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


def adapter_config(plan: RunPlan) -> dict[str, Any]:
    config = plan.config
    return {
        "model": str(plan.model_folder),
        "fine_tune_type": config.fine_tune_type,
        "num_layers": config.lora_num_layers or -1,
        "lora_parameters": lora_parameters(config, plan.keys),
        "learning_rate": config.learning_rate,
        "batch_size": config.batch_size,
        "iters": config.iterations,
        "max_seq_length": config.max_seq_length,
        "mask_prompt": config.mask_prompt,
        "optimizer": config.optimizer,
        "seed": config.seed,
    }


def provenance(plan: RunPlan, session_id: str) -> dict[str, Any]:
    """Where the adapter comes from, for recognising its base model wherever that lies."""
    files = {"train": plan.train_file, "valid": plan.valid_file}
    return {
        "base_model": plan.model_name,
        "base_fingerprint": plan.base_fingerprint,
        "session_id": session_id,
        "data": plan.data_name,
        "data_sha256": {part: _sha256(path) for part, path in files.items() if path is not None},
        "versions": {package: version(package) for package in VERSIONED},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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

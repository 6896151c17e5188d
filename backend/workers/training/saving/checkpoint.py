"""Writes an adapter's folder as mlx-lm reads it, each file whole or not at all."""

import json
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn

from backend.adapters.folder import BEST, CONFIG, LATEST, PROVENANCE, checkpoint_name
from backend.adapters.leftovers import MAKING, REPLACED
from backend.errors import AppError
from backend.json_files import UnreadableJson, read_json
from backend.training.plan import RunPlan
from backend.whole_files import flush, write_whole
from backend.workers.training.saving.export import adapter_config, adapter_tensors, provenance
from backend.workers.training.saving.files import NotSaved, link_or_copy


class AdapterFolder:
    """Appears at the first save, whole. An adapter that is to be replaced is put aside then; `settle` removes it.

    The folder that an earlier attempt of the same session made is taken up again. `base_tensors` are the digests of
    the base's weights, to be recorded.
    """

    def __init__(self, plan: RunPlan, session_id: str, base_tensors: Mapping[str, str]) -> None:
        self.plan = plan
        self.path = plan.adapter_folder
        self._descriptions = {
            CONFIG: adapter_config(plan),
            PROVENANCE: provenance(plan, session_id, base_tensors),
        }
        self._making = self.path.with_name(f"{MAKING}{self.path.name}")
        self._aside = self.path.with_name(f"{REPLACED}{self.path.name}")
        self._begun = _made_by(session_id, self.path)
        if self._begun:
            self._describe(self.path)
        else:
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
        write_whole(self.path / name, lambda path: link_or_copy(self.path / LATEST, path))
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
                shutil.rmtree(self._making, ignore_errors=True)
                self._making.mkdir(parents=True)
                self._describe(self._making)
            write_whole(folder / name, lambda path: mx.save_safetensors(str(path), tensors, metadata))
            if not self._begun:
                self._appear()
        except (OSError, RuntimeError) as error:
            shutil.rmtree(self._making, ignore_errors=True)
            kept = "What was saved before is still there." if self._begun else "Nothing was saved yet."
            raise NotSaved(self.path / name, error, kept) from error

    def _describe(self, folder: Path) -> None:
        for name, content in self._descriptions.items():
            text = json.dumps(content, indent=4, ensure_ascii=False) + "\n"
            write_whole(folder / name, partial(Path.write_text, data=text, encoding="utf-8"))

    def _appear(self) -> None:
        self._refuse_to_overwrite()
        if self.path.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self.path.rename(self._aside)
        self._making.rename(self.path)
        flush(self.path.parent)
        self._begun = True

    def _refuse_to_overwrite(self) -> None:
        if self.path.exists() and self.plan.config.on_existing != "replace":
            raise AppError(f"An adapter '{self.path.name}' has appeared since this run was queued; it is not replaced.")


def _made_by(session_id: str, folder: Path) -> bool:
    try:
        found = read_json(folder / PROVENANCE)
    except (OSError, UnreadableJson):
        return False
    return isinstance(found, dict) and found.get("session_id") == session_id

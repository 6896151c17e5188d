"""The base models on disk: folders under artifacts/base_model, links included. Knows files, not MLX."""

import contextlib
import stat
from pathlib import Path
from typing import Any

from backend import folders
from backend.errors import AppError, FieldError
from backend.json_files import UnreadableJson, read_json
from backend.models.config import context_length, layer_count, quantization_bits, read_config
from backend.models.files import missing_part
from backend.models.schemas import Model, NewLink
from backend.names import is_name
from backend.settings import Settings


class ModelNotFound(FieldError):
    """No model has this name or path."""

    code = "model_not_found"


class ModelLibrary:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self) -> "list[Model]":
        """Every folder of the library, by name. What cannot be used is there too, and says why."""
        return [self.describe(folder) for folder in folders.folders(self._settings.base_models)]

    def get(self, name: str) -> Path:
        """The folder of the model with this name in the library. Raises ModelNotFound with status 404."""
        folder = self._settings.base_models / name
        if not is_name(name) or not folder.is_dir():
            raise ModelNotFound("name", self._unknown(name), status_code=404)
        return folder

    def resolve(self, name_or_path: str, field: str = "model_path", missing_status: int = 400) -> Path:
        """A folder with a model's config.json, from a library name, a hub id (`org/model`) or a path.

        Relative paths start at the home folder. Raises FieldError on `field`: ModelNotFound with `missing_status`,
        or why the folder is no model.
        """
        try:
            folder = self._find(name_or_path)
            if folder is None:
                raise ModelNotFound(field, self._unknown(name_or_path), status_code=missing_status)
            read_config(folder)
        except FieldError:
            raise
        except AppError as error:
            raise FieldError(field, error.detail, status_code=error.status_code, code=error.code) from error
        return folder

    def link(self, wanted: NewLink) -> Model:
        raise NotImplementedError

    def delete(self, name: str) -> None:
        raise NotImplementedError

    def describe(self, folder: Path) -> Model:
        """What is known of a model without MLX. `problem` says why the folder cannot be used."""
        config: dict[str, Any] = {}
        problem = None
        try:
            config = read_config(folder)
            problem = missing_part(folder)
        except AppError as error:
            problem = folders.shown(error.detail)
        except OSError as error:
            problem = f"{folders.shown(folder)} cannot be read: {error.strerror}."
        model_type = config.get("model_type")
        return Model(
            name=folders.shown(folder.name),
            path=folders.shown(folder),
            model_type=model_type,
            size_bytes=_size(folder),
            num_layers=layer_count(config),
            context_length=context_length(config),
            has_chat_template=_has_chat_template(folder),
            quantization_bits=quantization_bits(config),
            problem=folders.unusable_name(folder) or problem,
        )

    def _find(self, name_or_path: str) -> Path | None:
        library = self._settings.base_models
        hub_folder = name_or_path.replace("/", "--")
        if is_name(hub_folder) and not is_name(name_or_path) and (library / hub_folder).is_dir():
            return library / hub_folder
        return folders.find(library, self._settings.home, name_or_path)

    def _unknown(self, name: str) -> str:
        there = folders.what_is_there(self._settings.base_models)
        return f"There is no model '{name}': neither in the library nor a folder of that path. {there}"


def _size(folder: Path) -> int:
    """Bytes of all files; those that go away meanwhile, or that cannot be asked, are left out."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            state = file.stat()
            total += state.st_size if stat.S_ISREG(state.st_mode) else 0
    return total


def _has_chat_template(folder: Path) -> bool:
    try:
        if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
            return True
        settings = read_json(folder / "tokenizer_config.json")
    except (OSError, UnreadableJson):
        return False
    return isinstance(settings, dict) and bool(settings.get("chat_template"))

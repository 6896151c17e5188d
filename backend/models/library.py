"""The base models on disk: folders under artifacts/base_model, links included. Knows files, not MLX."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.errors import AppError, FieldError
from backend.models.config import context_length, layer_count, quantization_bits, read_config
from backend.models.schemas import Model
from backend.names import is_name
from backend.settings import Settings

WEIGHTS = "model*.safetensors"
"""The weight files that mlx-lm loads."""


class ModelNotFound(FieldError):
    """No model has this name or path."""

    code = "model_not_found"


class ModelLibrary:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self) -> "list[Model]":
        """Every folder of the library, by name. What cannot be used is there too, and says why."""
        return [self.describe(folder) for folder in sorted(self._folders())]

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

    def describe(self, folder: Path) -> Model:
        """What is known of a model without MLX. `problem` says why the folder cannot be used."""
        config: dict[str, Any] = {}
        problem = None
        try:
            config = read_config(folder)
            problem = _missing_parts(folder)
        except AppError as error:
            problem = error.detail
        except OSError as error:
            problem = f"{folder} cannot be read: {error.strerror}."
        if not is_name(folder.name):
            problem = f"Rename the folder '{folder.name}': letters, digits, dots, dashes and underscores are allowed."
        model_type = config.get("model_type")
        return Model(
            name=folder.name,
            path=str(folder),
            model_type=model_type,
            size_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            num_layers=layer_count(config),
            context_length=context_length(config),
            has_chat_template=_has_chat_template(folder),
            quantization_bits=quantization_bits(config),
            problem=problem,
        )

    def _folders(self) -> Iterator[Path]:
        library = self._settings.base_models
        for entry in library.iterdir() if library.is_dir() else ():
            if not entry.name.startswith(".") and (entry.is_dir() or entry.is_symlink()):
                yield entry

    def _find(self, name_or_path: str) -> Path | None:
        library = self._settings.base_models
        if is_name(name_or_path) and (library / name_or_path).is_dir():
            return library / name_or_path
        hub_folder = name_or_path.replace("/", "--")
        if is_name(hub_folder) and (library / hub_folder).is_dir():
            return library / hub_folder
        if not name_or_path.strip():
            return None
        try:
            path = self._settings.home / Path(name_or_path).expanduser()
            return path if path.exists() else None
        except (OSError, ValueError, RuntimeError):  # too long or unreadable, a null character, a home of nobody
            return None

    def _unknown(self, name: str) -> str:
        names = [folder.name for folder in sorted(self._folders())]
        there = f"The library has {', '.join(names[:10])}{' ...' if len(names) > 10 else ''}" if names else (
            f"The library {self._settings.base_models} is empty"
        )  # fmt: skip
        return f"There is no model '{name}': neither in the library nor a folder of that path. {there}."


def _missing_parts(folder: Path) -> str | None:
    if not any(folder.glob(WEIGHTS)):
        return f"{folder.name} has no weights: mlx-lm looks for {WEIGHTS} in the folder."
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")):
        return f"{folder.name} has no tokenizer: add tokenizer.json and tokenizer_config.json."
    return None


def _has_chat_template(folder: Path) -> bool:
    if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    try:
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(settings, dict) and bool(settings.get("chat_template"))

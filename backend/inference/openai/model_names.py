"""OpenAI's `model` names a base model and an adapter on it: BASE, BASE:ADAPTER, or BASE:ADAPTER@best, @latest, @STEP.

Unambiguous, because names hold neither colons nor at signs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from backend.adapters.base import check_base
from backend.adapters.folder import read_record
from backend.adapters.library import AdapterLibrary
from backend.adapters.schemas import Adapter
from backend.errors import AppError, FieldError
from backend.inference.choosing import ChosenWeights
from backend.inference.schemas import AdapterFile
from backend.models.fingerprint import fingerprint
from backend.models.library import ModelLibrary


class NamedWeights(NamedTuple):
    base: str
    adapter: str | None
    file: AdapterFile | None


def parse(model: str) -> NamedWeights:
    """Raises FieldError where nothing follows a colon or an at sign, or what follows an at sign is no file."""
    base, colon, rest = model.partition(":")
    adapter, at, file = rest.partition("@")
    if not base.strip() or (colon and not adapter) or (at and not _is_file(file)):
        raise FieldError(
            "model",
            f"'{model}' names no model: it is BASE or BASE:ADAPTER, or BASE:ADAPTER@best, @latest or @STEP for the "
            "checkpoint of a step.",
            code="model_not_found",
            status_code=404,
        )
    return NamedWeights(base, adapter if colon else None, _file(file) if at else None)


def _is_file(file: str) -> bool:
    return file in ("best", "latest") or (file.isascii() and file.isdigit() and len(file) <= 9)


def _file(file: str) -> AdapterFile:
    match file:
        case "best" | "latest":
            return file
    return int(file)


class ListedModel(BaseModel):
    """One thing that can be asked. `parent` is the base of an adapter; `created` counts seconds since 1970."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["local"] = "local"
    parent: str | None = None


class ModelList(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    object: Literal["list"] = "list"
    data: list[ListedModel]


def listed(models: ModelLibrary, adapters: AdapterLibrary) -> ModelList:
    """Every usable base model, each followed by the usable adapters that say that they were made for it."""
    usable = [adapter for adapter in adapters.list() if adapter.problem is None]
    data: list[ListedModel] = []
    for model in models.list():
        if model.problem is None:
            folder = Path(model.path)
            data.append(ListedModel(id=model.name, created=_written(folder)))
            data.extend(_adapters_of(model.name, folder, usable))
    return ModelList(data=data)


def listed_model(name: str, chosen: ChosenWeights, adapters: AdapterLibrary) -> ListedModel:
    """What `name` stands for, whose weights were `chosen`."""
    base, adapter, _ = parse(name)
    if adapter is None:
        return ListedModel(id=name, created=_written(chosen.folder))
    return ListedModel(id=name, created=int(adapters.get(adapter).created_at), parent=base)


def _adapters_of(base: str, folder: Path, adapters: list[Adapter]) -> Iterator[ListedModel]:
    for adapter in adapters:
        try:
            doubts = check_base(read_record(Path(adapter.path)), base, folder, fingerprint)
        except (AppError, OSError):
            continue
        if not doubts:
            yield ListedModel(id=f"{base}:{adapter.name}", created=int(adapter.created_at), parent=base)


def _written(folder: Path) -> int:
    return int((folder / "config.json").stat().st_mtime)

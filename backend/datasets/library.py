"""The data sets on disk: folders under artifacts/datasets with train.jsonl and, if there, valid.jsonl and test.jsonl.

dataset.json beside the data may hold `description`, `suggested` settings by model, and `examples` of prompts.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from backend import folders
from backend.datasets.formats import DataProblem, Row, data_format, read_numbered, take_apart
from backend.datasets.schemas import (
    SPLIT_NAMES,
    DataFormat,
    Dataset,
    DatasetPreview,
    DatasetRow,
    Split,
    SuggestedSettings,
)
from backend.errors import AppError, FieldError
from backend.json_files import UnreadableJson, read_json
from backend.names import is_name
from backend.settings import Settings

SPLITS: tuple[Split, ...] = get_args(Split)
KEPT_SUMMARIES = 256
KEPT_FILES = 4

_suggestions = TypeAdapter(dict[str, SuggestedSettings])
_examples = TypeAdapter(list[str])


class DataNotFound(FieldError):
    """No data set has this name or path."""

    code = "data_not_found"


@dataclass(frozen=True)
class DataFiles:
    """The files of one run; `name` is what people call the data."""

    train: Path
    valid: Path | None
    test: Path | None
    name: str


class DatasetLibrary:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self) -> "list[Dataset]":
        """Every folder of the library, by name. What cannot be used is there too, and says why."""
        return [_describe(folder) for folder in folders.folders(self._settings.datasets)]

    def resolve(self, train: str, valid: str | None) -> DataFiles:
        """The files behind a library name, a folder or a JSONL file. Raises DataNotFound on the field that is wrong.

        Relative paths start at the home folder. Only that the files are there is checked; reading them tells more.
        """
        place = self._find(train)
        if place is None:
            raise DataNotFound("train_data_path", self._unknown(train))
        if place.is_dir() and not (place / "train.jsonl").is_file():
            raise DataNotFound("train_data_path", f"{place} has no train.jsonl; a data folder needs one.")
        validation = self._validation(valid) if valid else _split(place, "valid")
        if place.is_dir():
            return DataFiles(place / "train.jsonl", validation, _split(place, "test"), place.name)
        return DataFiles(place, validation, None, place.parent.name if place.stem == "train" else place.stem)

    def suggested(self, files: DataFiles, model_name: str) -> SuggestedSettings | None:
        """Settings that were measured for this data on this model; None where there are none that can be read."""
        try:
            return _suggestions.validate_python(_card(files.train.parent).get("suggested", {})).get(model_name)
        except (DataProblem, ValidationError):
            return None

    def preview(self, name: str, split: Split, offset: int, limit: int) -> DatasetPreview:
        """`limit` rows of a split from `offset` on. Raises DataNotFound with status 404, or why it cannot be read."""
        folder = self._settings.datasets / name
        if not is_name(name) or not folder.is_dir():
            raise DataNotFound("name", self._unknown(name), status_code=404)
        file = folder / f"{split}.jsonl"
        if not file.is_file():
            there = ", ".join(SPLIT_NAMES[it] for it in SPLITS if (folder / f"{it}.jsonl").is_file()) or "none"
            raise DataNotFound("split", f"{name} has no {SPLIT_NAMES[split]} split; it has {there}.", status_code=404)
        rows = _read(file)
        shown = rows[offset : offset + limit]
        return DatasetPreview(
            name=name, split=split, total=len(rows), rows=[_dataset_row(record, row) for _, record, row in shown]
        )

    def _find(self, name_or_path: str) -> Path | None:
        return folders.find(self._settings.datasets, self._settings.home, name_or_path)

    def _validation(self, valid: str) -> Path:
        place = self._find(valid)
        if place is None:
            raise DataNotFound("val_data_path", self._unknown(valid))
        file = _split(place, "valid") if place.is_dir() else place
        if file is None:
            raise DataNotFound("val_data_path", f"{place} has no valid.jsonl; name a JSONL file to validate on.")
        return file

    def _unknown(self, name: str) -> str:
        there = folders.what_is_there(self._settings.datasets)
        return f"There is no data '{name}': neither in the library nor a file or folder of that path. {there}"


def _split(folder: Path, split: Split) -> Path | None:
    file = folder / f"{split}.jsonl"
    return file if folder.is_dir() and file.is_file() else None


def _describe(folder: Path) -> Dataset:
    dataset = Dataset(
        name=folders.shown(folder.name),
        path=folders.shown(folder),
        description=None,
        format=None,
        rows={},
        suggested={},
        examples=[],
        problem=None,
    )
    try:
        if unusable := folders.unusable_name(folder):
            raise DataProblem(unusable)
        card = _card(folder)
        dataset.description = card.get("description")
        dataset.suggested = _suggestions.validate_python(card.get("suggested", {}))
        dataset.examples = _examples.validate_python(card.get("examples", []))
        if _split(folder, "train") is None:
            raise DataProblem(f"{folder.name} has no train.jsonl; a data folder needs one.")
        for split in SPLITS:
            if file := _split(folder, split):
                dataset.rows[split], dataset.format = _summary(file)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        dataset.problem = f"dataset.json of {folder.name}: {place}: {error.errors()[0]['msg']}."
    except AppError as error:
        dataset.problem = folders.shown(error.detail)
    except OSError as error:
        dataset.problem = f"{dataset.path} cannot be read: {error.strerror}."
    return dataset


def _card(folder: Path) -> dict[str, Any]:
    file = folder / "dataset.json"
    if not file.is_file():
        return {}
    try:
        card = read_json(file)
    except UnreadableJson as error:
        raise DataProblem(f"dataset.json of {folder.name} is {error}.") from error
    if not isinstance(card, dict) or not isinstance(card.get("description", ""), str):
        raise DataProblem(f"dataset.json of {folder.name} must be an object with description, suggested, examples.")
    return card


def _dataset_row(record: dict[str, Any], row: Row) -> DatasetRow:
    prompt, answer = take_apart(row)
    return DatasetRow(row=record, prompt=prompt, answer=answer)


def _summary(file: Path) -> tuple[int, DataFormat]:
    state = file.stat()
    return _summary_once(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=KEPT_SUMMARIES)
def _summary_once(file: Path, changed_ns: int, size: int) -> tuple[int, DataFormat]:
    rows = read_numbered(file)
    return len(rows), data_format(rows[0][2])


def _read(file: Path) -> list[tuple[int, dict[str, Any], Row]]:
    state = file.stat()
    return _read_once(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=KEPT_FILES)
def _read_once(file: Path, changed_ns: int, size: int) -> list[tuple[int, dict[str, Any], Row]]:
    return read_numbered(file)

"""The data sets on disk: folders under artifacts/datasets with train.jsonl and, if there, valid.jsonl and test.jsonl.

Large files are not read whole: their rows are counted, and only the first of them looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

from backend import folders
from backend.datasets import placing
from backend.datasets.card import Card, read_card
from backend.datasets.formats import (
    NOT_LEARNED_CODE,
    DataProblem,
    data_format,
    kept_format,
    read_line,
    read_numbered,
    read_object,
    row_of,
    take_apart,
    take_apart_kept,
)
from backend.datasets.row_index import LineTooLong, RowIndex, index_of
from backend.datasets.schemas import (
    SPLIT_NAMES,
    DataFormat,
    Dataset,
    DatasetPreview,
    DatasetRow,
    Split,
    SuggestedSettings,
)
from backend.errors import AppError, Conflict, FieldError
from backend.names import is_name
from backend.settings import Settings

SPLITS: tuple[Split, ...] = get_args(Split)
KEPT_SUMMARIES = 256
READ_WHOLE_BYTES = 16 << 20
LOOKED_AT_ROWS = 1000


class DataNotFound(FieldError):
    """No data set has this name or path."""

    code = "data_not_found"


class DataInUse(Conflict):
    code = "data_in_use"


def _nobody(folder: Path) -> str | None:
    return None


@dataclass(frozen=True)
class DataFiles:
    """The files of one run; `name` is what people call the data."""

    train: Path
    valid: Path | None
    test: Path | None
    name: str


class DatasetLibrary:
    """`in_use` gives the id of a session that waits or trains and reads from a folder."""

    def __init__(self, settings: Settings, in_use: Callable[[Path], str | None] = _nobody) -> None:
        self._settings = settings
        self.in_use = in_use

    def list(self) -> "list[Dataset]":
        """Every folder of the library, by name. What cannot be used is there too, and says why."""
        return [_describe(folder) for folder in folders.folders(self._settings.datasets)]

    def get(self, name: str) -> Dataset:
        """Raises DataNotFound with status 404."""
        return _describe(self._named(name))

    def has(self, name: str) -> bool:
        folder = self._settings.datasets / name
        return folder.exists() or folder.is_symlink()

    def delete(self, name: str) -> None:
        """A link loses only the link. Raises DataNotFound with status 404, or DataInUse."""
        folder = self._named(name)
        self.check_unused(name)
        placing.delete(folder)

    def check_unused(self, name: str) -> None:
        """Raises DataInUse while a session that waits or trains reads from it."""
        if session := self.in_use(self._settings.datasets / name):
            raise DataInUse(f"The data set {name} is read by session {session}, which waits or trains; stop it first.")

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
            return read_card(files.train.parent).suggestions().get(model_name)
        except DataProblem:
            return None

    def preview(self, name: str, split: Split, offset: int, limit: int) -> DatasetPreview:
        """`limit` rows of a split from `offset` on. Raises DataNotFound with status 404, or why it cannot be read."""
        folder = self._named(name)
        file = folder / f"{split}.jsonl"
        if not file.is_file():
            there = ", ".join(SPLIT_NAMES[it] for it in SPLITS if (folder / f"{it}.jsonl").is_file()) or "none"
            raise DataNotFound("split", f"{name} has no {SPLIT_NAMES[split]} split; it has {there}.", status_code=404)
        index = _index(file)
        shown = [_dataset_row(file, number, line) for number, line in _rows(index, offset, limit)]
        return DatasetPreview(name=name, split=split, total=index.total, rows=shown)

    def _named(self, name: str) -> Path:
        folder = self._settings.datasets / name
        if not is_name(name) or not (folder.is_dir() or folder.is_symlink()):
            raise DataNotFound("name", self._unknown(name), status_code=404)
        return folder

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
        dataset.bytes, dataset.created_at = _size_and_time(folder)
        if unusable := folders.unusable_name(folder):
            raise DataProblem(unusable)
        card = read_card(folder)
        dataset.description, dataset.examples = card.description, card.examples
        dataset.suggested = card.suggestions()
        dataset.source, dataset.done = card.source, card.done
        dataset.created_at = card.created_at or dataset.created_at
        if _split(folder, "train") is None:
            raise DataProblem(f"{folder.name} has no train.jsonl; a data folder needs one.")
        for split in SPLITS:
            if file := _split(folder, split):
                dataset.rows[split], dataset.format = _recorded(card, split, file) or _summary(file)
    except AppError as error:
        dataset.problem = folders.shown(error.detail)
    except OSError as error:
        dataset.problem = f"{dataset.path} cannot be read: {error.strerror}."
    return dataset


def _size_and_time(folder: Path) -> tuple[int, float]:
    """Of the files in it; the time of the newest change."""
    states = [file.stat() for file in folder.iterdir() if file.is_file()]
    return sum(it.st_size for it in states), max((it.st_mtime for it in states), default=0.0)


def _recorded(card: Card, split: Split, file: Path) -> tuple[int, DataFormat] | None:
    """What was counted when the file was written, unless it has changed since."""
    counted, state = card.files.get(split), file.stat()
    if (
        counted is None
        or card.format is None
        or (counted.bytes, counted.modified_ns) != (state.st_size, state.st_mtime_ns)
    ):
        return None
    return counted.rows, card.format


def _dataset_row(file: Path, number: int, line: str) -> DatasetRow:
    record = read_object(file, number, line)
    kept = kept_format(record) is not None
    prompt, answer = take_apart_kept(record) if kept else take_apart(row_of(record, f"{file.name}, line {number}"))
    return DatasetRow(row=record, prompt=prompt, answer=answer)


def _summary(file: Path) -> tuple[int, DataFormat]:
    state = file.stat()
    return _summary_once(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=KEPT_SUMMARIES)
def _summary_once(file: Path, changed_ns: int, size: int) -> tuple[int, DataFormat]:
    """Raises DataProblem, for a large file only where its first rows are wrong."""
    if size <= READ_WHOLE_BYTES:
        try:
            rows = read_numbered(file)
            return len(rows), data_format(rows[0][2])
        except DataProblem as error:
            if error.code != NOT_LEARNED_CODE or (kept := _kept(file)) is None:
                raise
            return kept
    if (kept := _kept(file)) is not None:
        return kept
    index = _index(file)
    rows_read = [read_line(file, number, line)[1] for number, line in _rows(index, 0, LOOKED_AT_ROWS)]
    return index.total, data_format(rows_read[0])


def _kept(file: Path) -> tuple[int, DataFormat] | None:
    """Where the first row is of a format that no run learns from."""
    index = _index(file)
    first = _rows(index, 0, 1)
    kept = kept_format(read_object(file, *first[0])) if first else None
    return None if kept is None else (index.total, kept)


def _index(file: Path) -> RowIndex:
    try:
        return index_of(file)
    except LineTooLong as error:
        raise DataProblem(f"{file.name}: {error}; no model could learn from it.") from error


def _rows(index: RowIndex, offset: int, limit: int) -> list[tuple[int, str]]:
    try:
        return index.read(offset, limit)
    except UnicodeDecodeError as error:
        raise DataProblem(f"{index.file.name}: a row from {offset + 1:,} on is not UTF-8 text.") from error

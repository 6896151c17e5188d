"""The names of files that are brought in: which are safe, which split they say, what a data set may be called."""

import re
from pathlib import PurePosixPath

from backend.datasets.importing.schemas import FileKind
from backend.datasets.schemas import Split
from backend.errors import FieldError
from backend.names import LONGEST_NAME, RESERVED, is_name

LONGEST_PART = 200
DEEPEST_FOLDER = 8
KINDS: dict[str, FileKind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
}
PACKED = (".gz", ".zip")
NO_DATA = frozenset({"dataset.json", "dataset_info.json", "dataset_infos.json", "state.json", "config.json"})
"""Files that lie beside data and tell of it."""
_SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "eval": "valid",
    "test": "test",
    "testing": "test",
}


def check_file_name(name: str) -> None:
    """Raises FieldError unless `name` leads to a place inside the folder that it is written to."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise FieldError("name", f"'{_shown(name)}' would lead out of the folder; a name like train.jsonl is needed.")
    if any(not part or part.startswith(".") or not part.isprintable() for part in parts):
        raise FieldError(
            "name", f"'{_shown(name)}' is no usable name; a name like train.jsonl or part/a.csv is needed."
        )
    if len(parts) > DEEPEST_FOLDER or any(len(part.encode(errors="replace")) > LONGEST_PART for part in parts):
        raise FieldError("name", f"'{_shown(name)}' is too long; shorten the name.")


def kind_by_name(name: str) -> FileKind | None:
    return KINDS.get(_suffixes(name)[0])


def packed_by_name(name: str) -> str | None:
    """The ending of an archive, if it is one."""
    ending = PurePosixPath(name.lower()).suffix
    return ending if ending in PACKED else None


def split_by_name(name: str) -> Split | None:
    """train.jsonl, gsm8k_test.json, val-00000-of-00002.parquet, or the nearest folder that is called so."""
    parts = PurePosixPath(name).parts
    for part in reversed(parts):
        words = [word for word in re.split(r"[^a-z]+", part.lower()) if word in _SPLITS]
        if words:
            return _SPLITS[words[-1]]
    return None


def usable_name(text: str) -> str:
    """The nearest name that a data set may have."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:LONGEST_NAME].rstrip("-._")
    return name if is_name(name) and name.lower() not in RESERVED else "data"


def stem(name: str) -> str:
    """Without folders and known endings."""
    last = PurePosixPath(name).name
    while PurePosixPath(last.lower()).suffix in (*KINDS, *PACKED):
        last = last[: last.rindex(".")]
    return last


def _suffixes(name: str) -> tuple[str, str | None]:
    """The ending that says what it is, and that of the packing around it."""
    packed = packed_by_name(name)
    inner = name[: -len(packed)] if packed else name
    return PurePosixPath(inner.lower()).suffix, packed


def _shown(name: str) -> str:
    return name[:80].encode(errors="replace").decode()

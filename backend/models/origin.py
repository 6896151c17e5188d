"""Says of a model's folder which repository of the hub it came from, and leaves that word with a download."""

import json
from pathlib import Path

from pydantic import BaseModel, ValidationError

from backend import folders
from backend.models.conversion.files import RECORD
from backend.whole_files import write_text_whole

ORIGIN = "origin.json"
CACHED = "models--"
"""Before org--model: what Hugging Face's own programs call the folder of a repository in their cache."""
BETWEEN = "--"
SHORT_COMMIT = 8
"""Letters by which people tell commits apart."""


class Origin(BaseModel):
    """Beside the files of a download. `revision` is the commit, `files` their hashes, as the hub gave them."""

    repo_id: str
    revision: str
    files: dict[str, str]


def write_origin(folder: Path, origin: Origin) -> None:
    write_text_whole(folder / ORIGIN, json.dumps(origin.model_dump(), indent=1) + "\n")


def read_origin(folder: Path) -> Origin | None:
    try:
        return Origin.model_validate_json((folder / ORIGIN).read_bytes())
    except (OSError, ValidationError):
        return None


def repository_of(folder: Path) -> str | None:
    """As its download wrote it down, else as the folder's place in the cache or its name org--model says it.

    None of what was converted here, whatever it was made of.
    """
    if origin := _own_origin(folder):
        return folders.shown(origin.repo_id)
    if snapshot := _snapshot(folder):
        return _repository(snapshot.parents[1].name.removeprefix(CACHED))
    return None if (folder / RECORD).is_file() else _repository(folder.name)


def revision_of(folder: Path) -> str | None:
    """The commit of the repository, where its download or the cache says it."""
    if origin := _own_origin(folder):
        return folders.shown(origin.revision)
    snapshot = _snapshot(folder)
    return folders.shown(snapshot.name) if snapshot else None


def with_revision(name: str, commit: str) -> str:
    """For a second revision of a repository, beside the first."""
    return f"{name}-{commit[:SHORT_COMMIT]}"


def _own_origin(folder: Path) -> Origin | None:
    """Conversions once took their base's along; only a repository that holds a conversion has both."""
    origin = read_origin(folder)
    if origin and (folder / RECORD).is_file() and RECORD not in origin.files:
        return None
    return origin


def _snapshot(folder: Path) -> Path | None:
    """In the cache: models--org--model/snapshots/COMMIT."""
    real = folders.real(folder) if folder.is_symlink() else folder
    return next((it for it in (real, *real.parents) if len(it.parents) > 1 and _is_snapshot(it)), None)


def _is_snapshot(folder: Path) -> bool:
    return folder.parent.name == "snapshots" and folder.parents[1].name.startswith(CACHED)


def _repository(name: str) -> str | None:
    organisation, between, model = name.partition(BETWEEN)
    return folders.shown(f"{organisation}/{model}") if between and organisation and model else None

"""Says of a model's folder which repository of the hub it came from, and leaves that word with a download."""

import json
from pathlib import Path

from pydantic import BaseModel, ValidationError

from backend import folders
from backend.whole_files import write_text_whole

ORIGIN = "origin.json"
CACHED = "models--"
"""Before org--model: what Hugging Face's own programs call the folder of a repository in their cache."""
BETWEEN = "--"


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
    """As its download wrote it down, else as the folder's place in the cache or its name org--model says it."""
    if origin := read_origin(folder):
        return folders.shown(origin.repo_id)
    real = folders.real(folder) if folder.is_symlink() else folder
    for path in (real, *real.parents):
        if path.name.startswith(CACHED):
            return _repository(path.name.removeprefix(CACHED))
    return _repository(folder.name)


def _repository(name: str) -> str | None:
    organisation, between, model = name.partition(BETWEEN)
    return folders.shown(f"{organisation}/{model}") if between and organisation and model else None

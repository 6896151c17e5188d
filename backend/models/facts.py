"""What a model's files say about it without MLX. Read again only where a file changed."""

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from backend import folders
from backend.errors import AppError
from backend.json_files import UnreadableJson, read_json
from backend.models import weights
from backend.models.config import context_length, layer_count, quantization_bits, read_config
from backend.models.files import WEIGHTS, missing_part
from backend.models.fingerprint import Tensor, tensors_in
from backend.models.licence import read_licence

MOST_FOLDERS = 512


class FileState(NamedTuple):
    """What tells that a file is still the same."""

    name: str
    bytes: int
    changed_ns: int


class Facts(NamedTuple):
    """`problem` says why the folder cannot be used. Everything else is None, or False, where no file says it."""

    model_type: str | None
    num_layers: int | None
    context_length: int | None
    has_chat_template: bool
    quantization_bits: int | None
    parameters: int | None
    precision: str | None
    licence: str | None
    problem: str | None


def file_states(folder: Path) -> tuple[FileState, ...]:
    """Of all files, links followed; those that go away meanwhile, or that cannot be asked, are left out."""
    states = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)  # noqa: PTH118 - a list asks for hundreds of these
            try:
                state = os.stat(path)  # noqa: PTH116
            except OSError:
                continue
            if stat.S_ISREG(state.st_mode):
                states.append(FileState(path, state.st_size, state.st_mtime_ns))
    return tuple(sorted(states))


@lru_cache(maxsize=MOST_FOLDERS)
def read_facts(folder: Path, states: tuple[FileState, ...]) -> Facts:
    """`states` are those of now: they say whether what was read before still holds."""
    config: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    problem = None
    try:
        config = read_config(folder)
        problem = missing_part(folder)
        tensors = read_tensors(folder)
    except AppError as error:
        problem = folders.shown(error.detail)
    except OSError as error:
        problem = f"{folders.shown(folder)} cannot be read: {error.strerror}."
    return Facts(
        model_type=config.get("model_type"),
        num_layers=layer_count(config),
        context_length=context_length(config),
        has_chat_template=_has_chat_template(folder),
        quantization_bits=quantization_bits(config),
        parameters=weights.parameters(config, tensors) if tensors else None,
        precision=weights.precision(config, tensors),
        licence=read_licence(folder),
        problem=problem,
    )


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """The headers of all weight files. Raises ModelRefused for a damaged one."""
    tensors: dict[str, Tensor] = {}
    for file in sorted(folder.glob(WEIGHTS)):
        tensors |= tensors_in(file)
    return tensors


def _has_chat_template(folder: Path) -> bool:
    try:
        if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
            return True
        settings = read_json(folder / "tokenizer_config.json")
    except (OSError, UnreadableJson):
        return False
    return isinstance(settings, dict) and bool(settings.get("chat_template"))

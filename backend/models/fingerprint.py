"""Recognises a base model by what it is, not by where it lies: the same for a moved, copied or linked folder.

Reads the configuration, the headers of the safetensors files and a few bytes of some tensors; knows no MLX.
Format of the headers: https://huggingface.co/docs/safetensors
"""

import hashlib
import json
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from backend.models.config import ModelRefused, read_config
from backend.models.files import WEIGHTS

SAMPLED_TENSORS = 64
SAMPLED_BYTES = 256
NOT_THE_MODEL = ("_name_or_path", "transformers_version")
"""Settings that differ between copies of one model."""
LENGTH_BYTES = 8
LONGEST_HEADER_BYTES = 100 * 1024 * 1024
"""As the format has it."""


class Tensor(NamedTuple):
    """One tensor's description; `begin` and `end` count bytes from the beginning of the file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class _Entry(BaseModel):
    dtype: str
    shape: tuple[NonNegativeInt, ...]
    data_offsets: tuple[NonNegativeInt, NonNegativeInt]


class _Header(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Entry]

    metadata: Any = Field(None, alias="__metadata__")


def fingerprint(folder: Path) -> str:
    """64 hexadecimal digits. Raises ModelRefused for a folder that holds no model, or a damaged weight file."""
    files = [folder / "config.json", *sorted(folder.glob(WEIGHTS))]
    states = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())
    return _fingerprint(folder, states)


@lru_cache(maxsize=256)
def _fingerprint(folder: Path, states: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    config = {name: value for name, value in read_config(folder).items() if name not in NOT_THE_MODEL}
    digest.update(json.dumps(config, sort_keys=True).encode())
    tensors: dict[str, Tensor] = {}
    for name, _, _ in states:
        if name.endswith(".safetensors"):
            tensors |= tensors_in(Path(name))
    step = max(1, len(tensors) // SAMPLED_TENSORS)
    for index, (name, tensor) in enumerate(sorted(tensors.items())):
        digest.update(json.dumps([name, tensor.dtype, tensor.shape]).encode())
        if index % step == 0:
            digest.update(_sample(tensor))
    return digest.hexdigest()


def tensors_in(file: Path) -> dict[str, Tensor]:
    """By name. Raises ModelRefused for a header that is not as the format has it, or tells of more than is there."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(LENGTH_BYTES))
            header = _Header.model_validate_json(stream.read(min(length, LONGEST_HEADER_BYTES)))
        start, size = LENGTH_BYTES + length, file.stat().st_size
        tensors = {}
        for name, entry in header.__pydantic_extra__.items():
            begin, end = (start + offset for offset in entry.data_offsets)
            if not begin <= end <= size:
                raise ValueError(f"{name} lies outside the file")
            tensors[name] = Tensor(file, entry.dtype, entry.shape, begin, end)
    except (OSError, ValueError, struct.error) as error:
        raise ModelRefused(
            f"{file} is damaged: it is no readable safetensors file. Download or copy it again."
        ) from error
    return tensors


def _sample(tensor: Tensor) -> bytes:
    """Bytes from the middle of a tensor, where a change by training shows as well as anywhere."""
    middle = (tensor.begin + tensor.end) // 2
    with tensor.file.open("rb") as stream:
        stream.seek(middle)
        return stream.read(min(SAMPLED_BYTES, tensor.end - middle))

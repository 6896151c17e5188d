"""Recognises a base model by what it is, not by where it lies: the same for a moved, copied or linked folder.

Reads the configuration, the headers of the safetensors files and a few bytes of some tensors; knows no MLX.
Format of the headers: https://huggingface.co/docs/safetensors
"""

import hashlib
import json
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any

from backend.models.config import ModelRefused, read_config

SAMPLED_TENSORS = 64
SAMPLED_BYTES = 256
NOT_THE_MODEL = ("_name_or_path", "transformers_version")
"""Settings that differ between copies of one model."""


def fingerprint(folder: Path) -> str:
    """64 hexadecimal digits. Raises ModelRefused for a folder that holds no model, or a damaged weight file."""
    files = [folder / "config.json", *sorted(folder.glob("model*.safetensors"))]
    states = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())
    return _fingerprint(folder, states)


@lru_cache(maxsize=256)
def _fingerprint(folder: Path, states: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    config = {name: value for name, value in read_config(folder).items() if name not in NOT_THE_MODEL}
    digest.update(json.dumps(config, sort_keys=True).encode())
    tensors: dict[str, tuple[Path, int, dict[str, Any]]] = {}
    for name, _, _ in states:
        if name.endswith(".safetensors"):
            tensors |= _tensors(Path(name))
    step = max(1, len(tensors) // SAMPLED_TENSORS)
    for index, (tensor, (file, start, description)) in enumerate(sorted(tensors.items())):
        digest.update(json.dumps([tensor, description["dtype"], description["shape"]]).encode())
        if index % step == 0:
            digest.update(_sample(file, start, *description["data_offsets"]))
    return digest.hexdigest()


def _tensors(file: Path) -> dict[str, tuple[Path, int, dict[str, Any]]]:
    """For each tensor of a file: the file, where its data begins, and the description in the header."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = json.loads(stream.read(length))
        return {name: (file, 8 + length, it) for name, it in header.items() if name != "__metadata__"}
    except (OSError, ValueError, struct.error, MemoryError, OverflowError, AttributeError) as error:
        raise ModelRefused(
            f"{file} is damaged: it is no readable safetensors file. Download or copy it again."
        ) from error


def _sample(file: Path, start: int, begin: int, end: int) -> bytes:
    """Bytes from the middle of a tensor, where a change by training shows as well as anywhere."""
    with file.open("rb") as stream:
        stream.seek(start + (begin + end) // 2)
        return stream.read(min(SAMPLED_BYTES, end - (begin + end) // 2))

"""Recognises every bit of a base model's weights, tensor by tensor. Where the fingerprint samples, this reads all.

Takes about a second for a gigabyte and a core; knows the format of safetensors, no MLX.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from backend.errors import AppError
from backend.models.files import WEIGHTS
from backend.models.fingerprint import Tensor, tensors_in

DIGITS = 32
CHUNK_BYTES = 16 * 1024 * 1024
MOST_THREADS = 4


class HashingGivenUp(AppError):
    """Nobody waits for the result any more."""

    status_code = 503
    code = "interrupted"


def tensor_digests(folder: Path, given_up: Event | None = None) -> dict[str, str]:
    """Name to the first 32 hexadecimal digits of the SHA-256 of type, shape and bytes, of all tensors of a model.

    Raises ModelRefused for a damaged file, OSError where one goes away, HashingGivenUp once `given_up` is set.
    """
    given_up = given_up or Event()
    tensors: dict[str, Tensor] = {}
    for file in sorted(folder.glob(WEIGHTS)):
        tensors |= tensors_in(file)
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        try:
            digests = list(pool.map(lambda tensor: _digest(tensor, given_up), tensors.values()))
        except BaseException:
            given_up.set()
            raise
    return dict(sorted(zip(tensors, digests, strict=True)))


def different_tensors(recorded: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The names of the tensors that are not the same in both, or only in one of them."""
    return sorted(name for name in recorded.keys() | found.keys() if recorded.get(name) != found.get(name))


def _digest(tensor: Tensor, given_up: Event) -> str:
    digest = hashlib.sha256(json.dumps([tensor.dtype, tensor.shape]).encode())
    with tensor.file.open("rb") as stream:
        stream.seek(tensor.begin)
        left = tensor.end - tensor.begin
        while left:
            if given_up.is_set():
                raise HashingGivenUp("The hashing of the base model's weights was given up.")
            chunk = stream.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise OSError(f"{tensor.file} became shorter while it was read")
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()[:DIGITS]

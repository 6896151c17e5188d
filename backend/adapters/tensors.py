"""Reads the header of a safetensors file: names, shapes and types, never the numbers. Knows no MLX."""

from pathlib import Path
from typing import NamedTuple

from backend.errors import AppError
from backend.json_files import parse_json

LENGTH_BYTES = 8
HEADER_LIMIT_BYTES = 100 * 1024 * 1024


class AdapterUnreadable(AppError):
    code = "adapter_unreadable"


class Tensor(NamedTuple):
    dtype: str
    shape: tuple[int, ...]


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Name to type and shape of everything in the file. Raises AdapterUnreadable: it is cut off, or no safetensors."""
    tensors, _ = _read_header(file)
    return tensors


def read_metadata(file: Path) -> dict[str, str]:
    """What whoever wrote the file noted in it. Raises AdapterUnreadable where it is cut off or no safetensors."""
    _, metadata = _read_header(file)
    return metadata


def _read_header(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The format is at https://huggingface.co/docs/safetensors: eight bytes of length, a JSON header, the numbers."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
            header = parse_json(stream.read(min(length, HEADER_LIMIT_BYTES)).decode())
        metadata = {str(name): str(value) for name, value in (header.get("__metadata__") or {}).items()}
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        tensors = {name: Tensor(str(entry["dtype"]), tuple(entry["shape"])) for name, entry in entries.items()}
        end = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
    except OSError as error:
        raise AdapterUnreadable(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise AdapterUnreadable(f"{file} is not a safetensors file, or only the beginning of one.") from error
    if file.stat().st_size < LENGTH_BYTES + length + end:
        raise AdapterUnreadable(
            f"{file} is cut off: it should have {LENGTH_BYTES + length + end:,} bytes and has {file.stat().st_size:,}. "
            "Copy or save it again."
        )
    return tensors, metadata

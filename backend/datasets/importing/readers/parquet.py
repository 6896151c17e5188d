"""Reads Parquet files a few rows at a time, with pyarrow, which is an optional package."""

from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

from backend.datasets.importing.opening import MOST_TIMES, UNPACKED_AT_EASE, SourceRefused
from backend.datasets.importing.records import Record
from backend.datasets.importing.sources import HOW_TO_GET_PARQUET

BATCH_BYTES = 8 << 20
MOST_ROWS_AT_ONCE = 2048
LARGEST_GROUP = 4 << 30


def read_parquet(path: Path, name: str, done: Callable[[float], None]) -> Iterator[Record]:
    """`line` is the number of the row. `done` is told the share of the rows that is read. Raises SourceRefused."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise SourceRefused(HOW_TO_GET_PARQUET) from error
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            at_once = _rows_at_once(file.metadata, name)
            number = 0
            for batch in file.iter_batches(batch_size=at_once, use_threads=False):
                size = batch.nbytes // max(1, batch.num_rows)
                for value in batch.to_pylist():
                    number += 1
                    yield Record(number, {name: _as_json(it) for name, it in value.items()}, size=size)
                done(number / max(1, file.metadata.num_rows))
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise SourceRefused(f"{name} is damaged, or no Parquet file that can be read: {_first_line(error)}.") from error


def _rows_at_once(metadata: Any, name: str) -> int:
    """So few that they take little memory. A group of rows is unpacked as one."""
    average = 1.0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        chunks = [group.column(it) for it in range(group.num_columns)]
        packed = sum(it.total_compressed_size for it in chunks)
        unpacked = max(group.total_byte_size, sum(it.total_uncompressed_size for it in chunks))
        if unpacked > LARGEST_GROUP or unpacked > max(UNPACKED_AT_EASE, MOST_TIMES * packed):
            raise SourceRefused(
                f"{name} holds {unpacked / 1e9:,.1f} GB in one group of rows, which is read as one; write it again "
                "with smaller row groups."
            )
        average = max(average, unpacked / max(1, group.num_rows))
    return max(1, min(MOST_ROWS_AT_ONCE, int(BATCH_BYTES / average)))


def _as_json(value: Any) -> Any:
    """What JSON has no word for as text, all but bytes that are none.

    Nulls are left out of objects: Parquet gives each in a column the fields of all of them.
    """
    match value:
        case str() | int() | float() | None:
            return value
        case dict():
            return {name: _as_json(it) for name, it in value.items() if it is not None}
        case list() | tuple():
            return [_as_json(it) for it in value]
        case bytes():
            return _decoded(value)
        case date() | time():
            return value.isoformat()
    return str(value)


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]

"""Opens a file of a source as a stream of UTF-8: packed or not, in any encoding. Knows bytes, not what they mean.

Nothing is unpacked onto the disk, and what a packed file unpacks to has a ceiling.
"""

import codecs
import contextlib
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from backend.errors import AppError

BUFFER_BYTES = 1 << 20
UNPACKED_AT_EASE = 1 << 30
MOST_TIMES = 200
"""Text that unpacks to more than so many times its size is made to fill a disk."""


class SourceDamaged(Exception):
    """The stream ends before its end; the words complete "... : "."""


class SourceRefused(AppError):
    """A file that nothing can be read from, or that nothing will."""

    code = "bad_source"


@dataclass(frozen=True)
class Place:
    """A file on the disk, or one inside an archive there. `name` is what people call it."""

    name: str
    path: Path
    member: str | None = None
    gzipped: bool = False


def ceiling(packed_bytes: int) -> int:
    return max(UNPACKED_AT_EASE, MOST_TIMES * packed_bytes)


def too_much(name: str, most: int) -> SourceRefused:
    return SourceRefused(
        f"{name} unpacks to more than {most / 1e9:,.1f} GB, which is {MOST_TIMES} times its size or more: it looks "
        "like a file made to fill a disk. Unpack it yourself if it is not."
    )


class Stream:
    """UTF-8 bytes of one source, and how far it was read; `position` counts bytes of what lies on the disk."""

    def __init__(self, file: IO[bytes], counting: "_Counting", encoding: str, most: int | None, budget: int | None):
        self.counting = counting
        self._beginning = None if budget is None else _Beginning(file, budget)
        if self._beginning is not None:
            file = io.BufferedReader(self._beginning)
        self.reader = io.BufferedReader(_Steps(file, encoding, most, counting.name), BUFFER_BYTES)

    @property
    def position(self) -> int:
        return self.counting.position

    @property
    def out_of_budget(self) -> bool:
        return self._beginning is not None and self._beginning.left == 0


@contextlib.contextmanager
def open_place(place: Place, encoding: str = "utf-8", budget: int | None = None) -> Iterator[Stream]:
    """`budget` ends the stream, as if it were whole, after so many bytes.

    Raises SourceRefused; reading raises SourceDamaged or SourceRefused.
    """
    with contextlib.ExitStack() as stack:
        try:
            size = place.path.stat().st_size
            file: IO[bytes]
            if place.member is not None:
                archive = stack.enter_context(zipfile.ZipFile(place.path))
                counting = _Counting(stack.enter_context(archive.open(place.member)), place.name)
                file = io.BufferedReader(counting, BUFFER_BYTES)
                most = None  # a member yields no more than the archive's list says, and that is looked at before
            else:
                raw = stack.enter_context(place.path.open("rb", buffering=0))
                counting = _Counting(raw, place.name)
                file = io.BufferedReader(counting, BUFFER_BYTES)
                most = ceiling(size) if place.gzipped else None
                if place.gzipped:
                    file = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError) as error:
            raise SourceRefused(f"{place.name} cannot be unpacked: {error}.") from error
        except OSError as error:
            raise SourceRefused(f"{place.name} cannot be read: {error.strerror or error}.") from error
        yield Stream(file, counting, encoding, most, budget)


class _Counting(io.RawIOBase):
    def __init__(self, file: IO[bytes], name: str) -> None:
        self.file, self.name, self.position = file, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.file.read(len(buffer)) or b""
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


class _Beginning(io.RawIOBase):
    def __init__(self, file: IO[bytes], budget: int) -> None:
        self.file, self.left = file, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.file.read(min(len(buffer), self.left))
        buffer[: len(data)] = data
        self.left -= len(data)
        return len(data)


class _Steps(io.RawIOBase):
    """Unpacked, counted against the ceiling, and made UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str, most: int | None, name: str) -> None:
        self.file, self.most, self.name, self.unpacked = file, most, name, 0
        plain = encoding in ("utf-8", "utf-8-sig")
        self.decoder = None if plain else codecs.getincrementaldecoder(encoding)()
        self.encoding = encoding
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.left or self._next(len(buffer))
        given, self.left = data[: len(buffer)], data[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)

    def _next(self, size: int) -> bytes:
        while True:
            data = self._read(size)
            if self.decoder is None:
                return data
            try:
                text = self.decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                raise SourceDamaged(f"it is not {self.encoding.upper()} text any more ({error.reason})") from error
            if text or not data:
                return text.encode(errors="replace")

    def _read(self, size: int) -> bytes:
        try:
            data = self.file.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError) as error:
            raise SourceDamaged(f"the packed file is damaged or cut off ({error})") from error
        except OSError as error:
            raise SourceRefused(f"{self.name} cannot be read on: {error.strerror or error}.") from error
        self.unpacked += len(data)
        if self.most is not None and self.unpacked > self.most:
            raise too_much(self.name, self.most)
        return data

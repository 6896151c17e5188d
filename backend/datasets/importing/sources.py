"""Which files a draft brings, and what each seems to be. Reads the beginning of each, and follows no link out."""

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from backend.datasets.importing import delimiters
from backend.datasets.importing.file_names import (
    NO_DATA,
    check_file_name,
    kind_by_name,
    packed_by_name,
    split_by_name,
)
from backend.datasets.importing.opening import Place, SourceDamaged, SourceRefused, ceiling, open_place, too_much
from backend.datasets.importing.schemas import FileKind, ImportFile
from backend.errors import AppError
from backend.folders import shown

SAMPLE_BYTES = 64 * 1024
MOST_FILES = 1000
LONGEST_LIST_BYTES = 8 << 20
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
WORKBOOK = "This is a workbook; save the sheet as CSV in the program that made it."
KNOWN_OTHERS = {
    ".xlsx": WORKBOOK,
    ".xls": WORKBOOK,
    ".ods": WORKBOOK,
    ".arrow": "Arrow files cannot be read; save the data as Parquet or JSONL.",
}
HOW_TO_GET_PARQUET = "Parquet files need one more package: run scripts/setup --parquet, then start the server again."


@dataclass(frozen=True)
class Source:
    """A file with the place that it is read from; None where it cannot be."""

    file: ImportFile
    place: Place | None


def sources_at(root: Path) -> list[Source]:
    """Of a file, or of every file in a folder and below. Raises SourceRefused where nothing there can be data."""
    if root.is_dir():
        paths = list(_files_below(root))
        found = [source for path in paths for source in _at(path, shown(path.relative_to(root)), root)]
    elif root.is_file():
        found = list(_at(root, shown(root.name), None))
    elif root.exists():
        raise SourceRefused(f"{shown(root)} is neither a file nor a folder.")
    else:
        raise SourceRefused(f"There is nothing at {shown(root)} any more.")
    if len(found) > MOST_FILES:
        raise _too_many(root)
    return _without_notes(sorted(found, key=lambda it: it.file.name))


def parquet_can_be_read() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def _files_below(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            seen += 1
            if seen > MOST_FILES:
                raise _too_many(root)
            yield Path(folder, name)


def _too_many(root: Path) -> SourceRefused:
    return SourceRefused(f"{shown(root)} holds more than {MOST_FILES:,} files; name a folder with the data alone.")


def _at(path: Path, name: str, root: Path | None) -> Iterator[Source]:
    """One source, or those of an archive."""
    try:
        state = path.stat()
        if root is not None and path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            yield _refused(name, 0, "This is a link that leads out of the folder; it is not followed.")
        elif not stat.S_ISREG(state.st_mode):
            yield _refused(name, 0, "This is no file that could be read.")
        elif packed_by_name(name) == ".zip":
            yield from _members(path, name)
        else:
            gzipped = packed_by_name(name) == ".gz"
            place = Place(name, path, gzipped=gzipped)
            yield Source(_described(place, state.st_size, state.st_mtime_ns), place)
    except OSError as error:
        yield _refused(name, 0, f"It cannot be read: {error.strerror or error}.")


def _members(path: Path, name: str) -> Iterator[Source]:
    size = path.stat().st_size
    try:
        _check_list(path, size)
        with zipfile.ZipFile(path) as archive:
            members = [it for it in archive.infolist() if not it.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
        yield _refused(name, size, f"The archive is damaged or cut off: {error}.")
        return
    except SourceRefused as error:
        yield _refused(name, size, error.detail)
        return
    if sum(it.file_size for it in members) > ceiling(size):
        yield _refused(name, size, too_much(name, ceiling(size)).detail)
        return
    for member in members[: MOST_FILES + 1]:
        inside = f"{name}/{shown(member.filename)}"
        if (
            any(part.startswith((".", "__MACOSX")) for part in member.filename.split("/"))
            and ".." not in member.filename
        ):
            continue
        if problem := _member_problem(member):
            yield _refused(inside, member.file_size, problem)
        else:
            place = Place(inside, path, member=member.filename)
            yield Source(_described(place, member.file_size, path.stat().st_mtime_ns), place)


def _check_list(path: Path, size: int) -> None:
    """Python reads an archive's list of files whole, so that its length is looked at first."""
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and len(tail) >= end + 16 and struct.unpack_from("<I", tail, end + 12)[0] > LONGEST_LIST_BYTES:
        raise SourceRefused("The archive holds too many files; unpack it and name the folder.")


def _member_problem(member: zipfile.ZipInfo) -> str | None:
    try:
        check_file_name(member.filename)
    except AppError as error:
        return error.detail
    if member.flag_bits & 1:
        return "It is encrypted; unpack it yourself."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "This is a link; links in archives are not followed."
    if packed_by_name(member.filename):
        return "An archive inside an archive is not unpacked."
    return None


@lru_cache(maxsize=4 * MOST_FILES)
def _described_once(place: Place, size: int, changed_ns: int, parquet: bool) -> ImportFile:
    name = place.name
    file = ImportFile(name=name, bytes=size, kind=kind_by_name(name), split=split_by_name(name))
    last = name.rsplit("/", 1)[-1].lower()
    if last in NO_DATA:
        return file.model_copy(update={"kind": None, "taken": False, "problem": "It tells of data and holds none."})
    other = next((words for ending, words in KNOWN_OTHERS.items() if last.endswith(ending)), None)
    try:
        if other or size == 0:
            raise SourceRefused(other or "It is empty.")
        _look_inside(file, place, parquet)
    except (SourceRefused, SourceDamaged) as error:
        file.taken = False
        file.problem = error.detail if isinstance(error, SourceRefused) else f"It cannot be read: {error}."
    return file


def _described(place: Place, size: int, changed_ns: int) -> ImportFile:
    return _described_once(place, size, changed_ns, parquet_can_be_read()).model_copy()


def _look_inside(file: ImportFile, place: Place, parquet: bool) -> None:
    raw = _sample(place, "utf-8")
    if raw.startswith(b"PAR1"):
        file.kind = "parquet"
        if place.member is not None or place.gzipped:
            raise SourceRefused("Parquet files are read from the disk only; unpack it first.")
        if not parquet:
            raise SourceRefused(HOW_TO_GET_PARQUET)
        return
    if file.kind == "parquet":
        raise SourceRefused("It is called so, but it is no Parquet file.")
    file.encoding = _encoding(raw)
    sample = _sample(place, file.encoding).decode(errors="replace").lstrip("\ufeff")
    file.kind = file.kind or sniff_kind(sample)
    if file.kind is None:
        raise SourceRefused("What it holds is not known: JSONL, JSON, CSV, Parquet and plain text can be read.")
    if file.kind == "csv":
        file.delimiter = delimiters.sniff(sample)


def _sample(place: Place, encoding: str) -> bytes:
    with open_place(place, encoding, budget=SAMPLE_BYTES) as stream:
        try:
            return stream.reader.read(SAMPLE_BYTES)
        except SourceDamaged:
            if encoding != "utf-8":
                return b""
            raise


def _encoding(raw: bytes) -> str:
    """By its byte order mark; UTF-16 without one by the zeros between its letters."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            return encoding
    even, odd = raw[0::2].count(0), raw[1::2].count(0)
    if max(even, odd) > 0.3 * len(raw) / 2 > min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def sniff_kind(sample: str) -> FileKind | None:
    """Of text that has no name that says it."""
    begin = sample.lstrip()
    if begin.startswith(("{", "[")):
        return "jsonl" if begin.startswith("{") else "json"
    if delimiters.is_table(sample):
        return "csv"
    return "text" if sample and sample.count("\0") + sample.count("\ufffd") <= len(sample) // 100 else None


def _refused(name: str, size: int, problem: str) -> Source:
    file = ImportFile(name=name, bytes=size, kind=kind_by_name(name), split=split_by_name(name))
    return Source(file.model_copy(update={"taken": False, "problem": problem}), None)


def _without_notes(sources: list[Source]) -> list[Source]:
    """Where there are tables or JSON, plain text beside them is a note on them."""
    if any(it.file.taken and it.file.kind != "text" for it in sources):
        for source in sources:
            if source.file.taken and source.file.kind == "text":
                source.file.taken = False
                source.file.problem = "Plain text beside other data is taken for a note on it; it is not read."
    return sources

"""Where each row of a JSONL file stands, so that any of them is read without the others. Knows files, not tokens."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.datasets.formats import DataProblem, Row, read_line
from backend.workers.taking_turns import Steps

LINES_A_PART = 2000


@dataclass(frozen=True)
class RowPlaces:
    """By row, in the order of the file: the byte at which its line starts, and the number of that line from 1."""

    file: Path
    starts: "array[int]"
    lines: "array[int]"
    bytes: int

    def __len__(self) -> int:
        return len(self.starts)

    def read(self, rows: Iterable[int]) -> Iterator[tuple[int, Row]]:
        """Line numbers and rows. Raises DataProblem naming the file and the line."""
        with self.file.open("rb") as stream:
            for row in rows:
                stream.seek(self.starts[row])
                number = self.lines[row]
                try:
                    text = _decoded(stream.readline(), number)
                except UnicodeDecodeError as error:
                    raise DataProblem(
                        f"{self.file.name}, line {number}: this is not UTF-8 text. Save the file as UTF-8."
                    ) from error
                yield number, read_line(self.file, number, text)[1]


def find_rows(file: Path) -> Steps[RowPlaces]:
    """Reads the file once, a part at a time. Raises DataProblem where there is no row in it."""
    starts, lines = array("Q"), array("I")
    place = 0
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not _is_blank(line, number):
                    starts.append(place)
                    lines.append(number)
                place += len(line)
                if number % LINES_A_PART == 0:
                    yield None
    except OSError as error:
        raise DataProblem(f"{file} cannot be read: {error.strerror}.") from error
    if not starts:
        raise DataProblem(f"{file.name} is empty; it needs one JSON object on each line.")
    return RowPlaces(file, starts, lines, place)


def _is_blank(line: bytes, number: int) -> bool:
    if line[:1] == b"{":
        return False
    try:
        return not _decoded(line, number).strip()
    except UnicodeDecodeError:
        return False


def _decoded(line: bytes, number: int) -> str:
    return line.decode("utf-8-sig" if number == 1 else "utf-8")

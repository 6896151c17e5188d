"""The records of one source, whichever kind it is, and how far it was read."""

from collections.abc import Iterator
from itertools import islice

from backend.datasets.importing.opening import SourceDamaged, SourceRefused, Stream, open_place
from backend.datasets.importing.readers.csv_table import read_csv
from backend.datasets.importing.readers.json_document import holds_lists, read_json_document
from backend.datasets.importing.readers.json_lines import parsed, read_json_lines
from backend.datasets.importing.readers.parquet import read_parquet
from backend.datasets.importing.readers.plain_text import Unit, read_plain_text
from backend.datasets.importing.records import Record, unread
from backend.datasets.importing.sources import Source

PEEK_BYTES = 1 << 18
CUT = ("bad_json", "bad_csv", "ragged_row", "cut_off", "line_too_long")


class Reading:
    """Goes through one source once. `position` counts bytes of it as it lies on the disk.

    `budget` ends it early, after so many bytes of text or so many rows of a Parquet file.
    """

    def __init__(self, source: Source, unit: Unit = "paragraph", budget: int | None = None, rows: int | None = None):
        self.source = source
        self.position = 0
        self._unit = unit
        self._budget = budget
        self._rows = rows

    def records(self) -> Iterator[Record]:
        """Raises SourceRefused where the file cannot be read at all; damage further on is a record of its own."""
        place, file = self.source.place, self.source.file
        if place is None or file.kind is None:
            raise SourceRefused(f"{file.name}: {file.problem}")
        if file.kind == "parquet":
            rows = read_parquet(place.path, file.name, self._share)
            yield from islice(rows, self._rows)
            return
        with open_place(place, file.encoding or "utf-8", self._budget) as stream:
            yield from self._whole(stream) if self._budget is None else _without_half(self._whole(stream), stream)

    def _whole(self, stream: Stream) -> Iterator[Record]:
        last = 0
        try:
            for record in self._of(stream):
                last, self.position = record.line, stream.position
                yield record
        except SourceDamaged as error:
            name = self.source.file.name
            yield unread(last + 1, "cut_off", f"From here on {name} cannot be read: {error}.")

    def _of(self, stream: Stream) -> Iterator[Record]:
        match self.source.file.kind:
            case "csv":
                return read_csv(stream.reader, self.source.file.delimiter or ",")
            case "text":
                return read_plain_text(stream.reader, self._unit)
            case kind:
                beginning = stream.reader.peek(PEEK_BYTES)[:PEEK_BYTES].decode("utf-8-sig", errors="replace")
                whole = read_json_document if is_document(beginning, kind == "json") else read_json_lines
                return whole(stream.reader)

    def _share(self, share: float) -> None:
        self.position = int(share * self.source.file.bytes)


def _without_half(records: Iterator[Record], stream: Stream) -> Iterator[Record]:
    """The last one may be cut where the budget ends, which says nothing of the file."""
    held: Record | None = None
    for record in records:
        if held is not None:
            yield held
        held = record
    if held is not None and not (stream.out_of_budget and any(flaw.kind in CUT for flaw in held.flaws)):
        yield held


def is_document(beginning: str, called_json: bool) -> bool:
    """Whether a file of JSON is one document over its lines, not one row on each, by how it begins."""
    begin = beginning.lstrip()
    if begin.startswith("["):
        return True
    if not begin.startswith("{"):
        return False
    first, _, rest = begin.partition("\n")
    second = rest.lstrip().partition("\n")[0]
    if parsed(1, first).value is not None:
        return not second and holds_lists(begin)
    if holds_lists(begin):
        return True
    if not second:
        return called_json
    return not second.startswith("{") or parsed(1, second).value is None

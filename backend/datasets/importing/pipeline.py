"""Every row of a source, from its file to a data set: read, made, checked, compared with the rows before.

The check and the writing of a data set both go through here; only what becomes of the rows differs.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from backend.datasets.importing import detection
from backend.datasets.importing.conversion import Converter, Made
from backend.datasets.importing.dividing import SIDES
from backend.datasets.importing.findings import Tally, can_be_written, complete
from backend.datasets.importing.opening import SourceRefused
from backend.datasets.importing.readers.plain_text import UNITS, Unit
from backend.datasets.importing.readers.reading import Reading
from backend.datasets.importing.records import Flaw, Record, listed
from backend.datasets.importing.schemas import ImportPlan
from backend.datasets.importing.schemas import Mapping as ColumnMapping
from backend.datasets.importing.seen import NOWHERE, Seen, content_key
from backend.datasets.importing.sources import Source
from backend.datasets.schemas import SPLIT_NAMES, Split
from backend.errors import FieldError

BATCH_ROWS = 4096
BATCH_BYTES = 8 << 20
LOOKED_AT_BYTES = 4 << 20
LOOKED_AT_ROWS = 200
LOOKED_AT_FILES = 8
LINE_BITS = 40

_encoder = json.JSONEncoder(ensure_ascii=False)

Row = dict[str, Any]
Judge = Callable[[Row], Flaw | None]
"""What is wrong with a row for one model, if anything."""


class Sink(Protocol):
    """Takes the rows that are kept, in the order of the source: a line with its end, and the keys of both kinds."""

    def take(self, line: bytes, content: int, group: int, split: Split) -> None: ...


@dataclass(slots=True)
class Kept:
    """A row that waits for its batch to be compared with the rows before."""

    record: Record
    file: int
    line: bytes
    content: int
    group: int


@dataclass
class Outcome:
    tally: Tally
    rows_read: int = 0
    rows_kept: int = 0
    changed_by_rules: dict[int, int] = field(default_factory=dict)


def chosen_sources(sources: Sequence[Source], names: Sequence[str] | None) -> list[Source]:
    """Those to read, those for training first. Raises SourceRefused or FieldError."""
    by_name = {it.file.name: it for it in sources}
    if names is None:
        chosen = [it for it in sources if it.file.taken]
    else:
        if missing := [name for name in names if name not in by_name]:
            raise FieldError("files", f"There is no file '{missing[0]}' in this import.")
        chosen = [by_name[name] for name in dict.fromkeys(names)]
    if broken := next((it for it in chosen if it.place is None or it.file.kind is None), None):
        raise SourceRefused(f"{broken.file.name}: {broken.file.problem}")
    if not chosen:
        first = next((f" {it.file.name}: {it.file.problem}" for it in sources if it.file.problem), "")
        raise SourceRefused(f"There is nothing here that could be read.{first}")
    splits = source_splits(chosen)
    return sorted(chosen, key=lambda it: (SIDES.index(splits[it.file.name]), it.file.name))


def source_splits(sources: Sequence[Source]) -> dict[str, Split]:
    """What each file is for. One that names none is for training, and so are all where none is for that."""
    named: dict[str, Split] = {it.file.name: it.file.split or "train" for it in sources}
    return named if "train" in named.values() else dict.fromkeys(named, "train")


def first_records(sources: Sequence[Source], unit: Unit) -> Iterator[tuple[Source, Record]]:
    """Of several files some each; at most so many bytes are read."""
    shown = sources[:LOOKED_AT_FILES]
    for source in shown:
        rows = max(1, LOOKED_AT_ROWS // len(shown))
        reading = Reading(source, unit, budget=LOOKED_AT_BYTES, rows=rows)
        for record in itertools.islice(reading.records(), rows):
            yield source, record


@dataclass(frozen=True)
class Detected:
    mapping: ColumnMapping | None
    format_name: str | None
    columns: list[str]
    rows: list[Row]


def detect(records: Sequence[Record], mapping: ColumnMapping | None = None) -> Detected:
    """What the first records are, or what they are by a mapping that somebody chose."""
    rows = [it.value for it in records if isinstance(it.value, dict)]
    columns = detection.column_names(rows)
    mapping = mapping or detection.detect(columns, rows)
    known = mapping is not None and set(mapping.columns.values()) <= set(columns)
    return Detected(mapping, detection.format_name(mapping, rows) if mapping and known else None, columns, rows)


def unit_of(mapping: ColumnMapping | None) -> Unit:
    """How plain text is cut into rows: the column that is asked for says it."""
    wanted = mapping.columns.get("text") if mapping else None
    return next((unit for unit in UNITS if unit == wanted), UNITS[0])


class Pipeline:
    """`mapping` is the plan's, or what was detected. `judge` looks at rows with a model's tokenizer."""

    def __init__(
        self,
        sources: Sequence[Source],
        plan: ImportPlan,
        mapping: ColumnMapping,
        sink: Sink,
        judge: Judge | None = None,
        stop_at_once: bool = False,
    ) -> None:
        choices = complete(plan.choices)
        self.outcome = Outcome(Tally(choices))
        self._sources = sources
        self._splits = source_splits(sources)
        self._converter = Converter(mapping, choices, plan.rules)
        self._unit = unit_of(mapping)
        self._group = plan.split.group_column if plan.split else None
        self._divides = plan.split is not None
        self._sink = sink
        self._judge = judge
        self._stop_at_once = stop_at_once
        self._seen = Seen()
        self._batch: list[Kept] = []
        self._batch_bytes = 0

    def run(self, progress: Callable[[int, Source], None]) -> Outcome:
        """`progress` is told how many bytes of the source are done, after each batch and at each file's end."""
        before = 0
        for number, source in enumerate(self._sources):
            reading = Reading(source, self._unit)
            progress(before, source)
            for record in reading.records():
                self.outcome.rows_read += 1
                self._take(number, record)
                if self.outcome.rows_read % BATCH_ROWS == 0 or self._batch_bytes >= BATCH_BYTES:
                    self._finish_batch()
                    progress(before + min(reading.position, source.file.bytes), source)
            before += source.file.bytes
        self._finish_batch()
        self._seen = Seen()  # gives its memory back before rows are divided
        return self.outcome

    def _take(self, file: int, record: Record) -> None:
        made = self._converter.convert(record)
        name = self._sources[file].file.name
        line = b""
        if made.row is not None:
            line = self._line_of(made)
        kept = not made.flaws or self.outcome.tally.keeps(name, record, made.flaws)
        if self._stop_at_once and made.flaws and self.outcome.tally.stopping:
            self._stop()
        if not kept or made.row is None:
            return
        for rule in made.changed:
            self.outcome.changed_by_rules[rule] = self.outcome.changed_by_rules.get(rule, 0) + 1
        content = content_key(line)
        self._batch.append(Kept(record, file, line, content, self._group_of(record, content)))
        self._batch_bytes += len(line) + record.held

    def _line_of(self, made: Made) -> bytes:
        assert made.row is not None
        try:
            line = (_encoder.encode(made.row) + "\n").encode(errors="replace")
        except TypeError as error:
            made.flaws.append(Flaw("not_text", f"This row cannot be written as JSON: {error}."))
            return b""
        if self._judge is not None and can_be_written(made.flaws) and (flaw := self._judge(made.row)) is not None:
            made.flaws.append(flaw)
        return line

    def _group_of(self, record: Record, content: int) -> int:
        """A row without a group is one by itself, together with its equals."""
        value = record.value.get(self._group) if self._group is not None else None
        if value is None:
            return content
        return content_key(b"group " + json.dumps(value, sort_keys=True, default=str).encode(errors="replace"))

    def _finish_batch(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if not batch:
            return
        keys = np.array([it.content for it in batch], dtype=np.uint64)
        places = np.array([it.file << LINE_BITS | it.record.line for it in batch], dtype=np.uint64)
        first = self._seen.first_places(keys, places)
        again = first != NOWHERE
        for index, kept in enumerate(batch):
            if again[index] and not self._keeps_equal(kept, int(first[index])):
                continue
            self.outcome.rows_kept += 1
            self._sink.take(kept.line, kept.content, kept.group, self._split_of(kept.file))

    def _keeps_equal(self, kept: Kept, first: int) -> bool:
        """Whether a row stays that is equal to the one at the place `first`."""
        file, line = first >> LINE_BITS, first & ((1 << LINE_BITS) - 1)
        there = f"{self._sources[file].file.name}, line {line:,}"
        here, other = self._split_of(kept.file), self._split_of(file)
        overlaps = here != other
        sentence = f"This row, for {SPLIT_NAMES[here]}, stands in {there} too, for {SPLIT_NAMES[other]}."
        flaw = Flaw("overlap", sentence) if overlaps else Flaw("duplicate", f"This row is equal to that in {there}.")
        keeps = self.outcome.tally.keeps(self._sources[kept.file].file.name, kept.record, [flaw])
        if self._stop_at_once and self.outcome.tally.stopping:
            self._stop()
        return keeps

    def _split_of(self, file: int) -> Split:
        return "train" if self._divides else self._splits[self._sources[file].file.name]

    def _stop(self) -> None:
        kind = self.outcome.tally.stopping[0]
        place = self.outcome.tally.first(kind)
        raise SourceRefused(
            f"{place.file}, line {place.line:,}: {place.sentence} Nothing was written. Check the data, choose what is "
            f"to become of such rows ({kind}), and write it again.",
            code="findings",
        )


def not_taken(mapping: ColumnMapping, columns: Sequence[str]) -> str | None:
    """A sentence on columns that nothing is made of."""
    left = [it for it in columns if it not in mapping.columns.values()]
    return f"Not taken: {listed(left[:12])}{' and more' if len(left) > 12 else ''}." if left else None


def counted(rows: Mapping[Split, int]) -> str:
    """ "900 rows for train and 100 for validation"."""
    first, *further = [(split, count) for split, count in rows.items() if count]
    noun = "row" if first[1] == 1 else "rows"
    begin = f"{first[1]:,} {noun} for {SPLIT_NAMES[first[0]]}"
    return listed([begin, *(f"{count:,} for {SPLIT_NAMES[split]}" for split, count in further)])

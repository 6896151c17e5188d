"""Files of every kind to bring in, and what is read of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.datasets.importing.conversion import Converter, Made
from backend.datasets.importing.findings import Choices, complete
from backend.datasets.importing.pipeline import Judge, Outcome, Pipeline, chosen_sources, detect, first_records, unit_of
from backend.datasets.importing.readers.plain_text import Unit
from backend.datasets.importing.readers.reading import Reading
from backend.datasets.importing.records import Record
from backend.datasets.importing.schemas import ImportPlan, Mapping, Shape, TextRule
from backend.datasets.importing.sources import sources_at
from backend.datasets.schemas import Split

PAIRS = [{"question": f"What is {number} and 1?", "answer": str(number + 1)} for number in range(6)]


def jsonl(rows: Sequence[Any]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def put(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, unit: Unit = "paragraph") -> list[Record]:
    """Every record of the one file at a path."""
    (source,) = sources_at(path)
    return list(Reading(source, unit).records())


def values(records: Sequence[Record]) -> list[Any]:
    return [record.value for record in records if record.value is not None]


def flaws(records: Sequence[Record]) -> list[tuple[int, str, str]]:
    return [(record.line, flaw.kind, flaw.sentence) for record in records for flaw in record.flaws]


def convert(
    shape: Shape,
    value: Any,
    columns: dict[str, str] | None = None,
    rules: Sequence[TextRule] = (),
    choices: Choices | None = None,
) -> Made:
    """One row; columns are called as the fields, unless `columns` says otherwise."""
    mapping = Mapping(shape=shape, columns=columns or {name: name for name in value})
    return Converter(mapping, complete(choices or {}), rules).convert(Record(1, value))


class Rows:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[tuple[Split, dict[str, Any]]] = []

    def take(self, line: bytes, content: int, group: int, split: Split) -> None:
        self.rows.append((split, json.loads(line)))


def import_rows(
    path: Path, plan: ImportPlan | None = None, choices: Choices | None = None, judge: Judge | None = None
) -> tuple[Outcome, list[Any]]:
    """Everything through the pipeline, as the check does it."""
    plan = plan or ImportPlan(choices=dict(choices or {}))
    sources = chosen_sources(sources_at(path), plan.files)
    found = detect([record for _, record in first_records(sources, unit_of(plan.mapping))], plan.mapping)
    assert found.mapping is not None, found.columns
    kept = Rows()
    outcome = Pipeline(sources, plan, found.mapping, kept, judge).run(lambda done, source: None)
    return outcome, kept.rows

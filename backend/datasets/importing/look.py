"""The first rows of an import, as they stand and as they would be written. Reads a bounded part of it."""

import math
from collections.abc import Sequence
from typing import Any

from backend.datasets.importing import detection, shapes
from backend.datasets.importing.conversion import Converter
from backend.datasets.importing.findings import complete
from backend.datasets.importing.pipeline import Detected, detect, first_records, not_taken, unit_of
from backend.datasets.importing.readers.plain_text import UNITS
from backend.datasets.importing.records import Record, excerpt
from backend.datasets.importing.schemas import ImportLook, LookRow, Mapping, SourceColumn
from backend.datasets.importing.sources import Source
from backend.datasets.schemas import DataFormat

SHOWN_ROWS = 20
LONGEST_SHOWN = 4000
DEEPEST_SHOWN = 12
_WRITTEN: dict[DataFormat, str] = {
    "text": "text",
    "messages": "messages",
    "prompt_completion": "prompt and completion",
    "preference": "prompt, chosen and rejected",
    "grpo": "prompt and answer",
}
_CUT_INTO = {"paragraph": "what stands between blank lines", "line": "each line", "document": "each file"}


def look(sources: Sequence[Source], mapping: Mapping | None) -> ImportLook:
    """Raises FieldError for a mapping that does not fit, SourceRefused for a file that cannot be read."""
    found = list(first_records(sources, unit_of(mapping)))
    records = [record for _, record in found]
    detected = detect(records, mapping)
    converter = Converter(detected.mapping, complete({})) if detected.mapping else None
    return ImportLook(
        format_name=detected.format_name,
        sentence=_sentence(sources, detected, len(records)),
        mapping=detected.mapping,
        shapes=shapes.descriptions(),
        columns=_columns(sources, detected),
        rows_looked_at=len(records),
        rows=[_row(source, record, converter) for source, record in found[:SHOWN_ROWS]],
    )


def _sentence(sources: Sequence[Source], detected: Detected, rows: int) -> str:
    if not rows:
        return "No row could be read from the beginning of this data."
    mapping = detected.mapping
    if mapping is None:
        return "What these columns mean is not known. Choose a shape, and say which column holds what."
    if _is_plain_text(sources) and (cut := _CUT_INTO.get(mapping.columns.get("text", ""))):
        return f"Plain text: {cut} becomes a row."
    name = f"{detected.format_name}: " if detected.format_name else ""
    columns = ", ".join(f"{field} from {column}" for field, column in mapping.columns.items())
    left = not_taken(mapping, detected.columns)
    written = f"Written as {_WRITTEN[shapes.written_format(mapping)]}."
    return " ".join([f"{name}{columns}.", written, *([left] if left else [])])


def _columns(sources: Sequence[Source], detected: Detected) -> list[SourceColumn]:
    """Of plain text, the ways to cut it."""
    if detected.columns and _is_plain_text(sources):
        example = excerpt(str(next(iter(detected.rows[0].values()))))
        return [SourceColumn(name=unit, kind="text", filled_percent=100, example=example) for unit in UNITS]
    return detection.describe_columns(detected.columns, detected.rows)


def _is_plain_text(sources: Sequence[Source]) -> bool:
    return all(it.file.kind == "text" for it in sources)


def _row(source: Source, record: Record, converter: Converter | None) -> LookRow:
    problems = [flaw.sentence for flaw in record.flaws]
    row = None
    if converter is not None:
        made = converter.convert(record)
        row, problems = made.row, [flaw.sentence for flaw in made.flaws]
    shown = None if row is None else _shown(row)
    return LookRow(
        file=source.file.name,
        line=record.line,
        source=_shown(record.value) if record.value is not None else record.excerpt(),
        row=shown,
        shortened=shown != row,
        problem=" ".join(dict.fromkeys(problems)) or None,
    )


def _shown(value: Any, depth: int = 0) -> Any:
    """As JSON that an answer can hold: what is long is cut, and what JSON has no word for is named."""
    match value:
        case str():
            text = value.encode(errors="replace").decode()
            return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} ... ({len(text):,} characters)"
        case bool() | None:
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)[:LONGEST_SHOWN]
        case float():
            return value if math.isfinite(value) else str(value)
        case list() | dict() if depth == DEEPEST_SHOWN:
            return "..."
        case list():
            return [_shown(it, depth + 1) for it in value[:200]]
        case dict():
            return {str(_shown(key)): _shown(it, depth + 1) for key, it in list(value.items())[:200]}
    return str(value)[:LONGEST_SHOWN]

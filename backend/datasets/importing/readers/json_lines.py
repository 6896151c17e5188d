"""Reads JSONL: one JSON value on each line."""

import json
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from backend.datasets.importing.readers.lines import TOO_LONG, decoded, numbered_lines
from backend.datasets.importing.records import Flaw, Record, unread
from backend.json_files import UnreadableJson, parse_json


def read_json_lines(reader: "BufferedReader[Any]") -> Iterator[Record]:
    for number, line in numbered_lines(reader):
        if line is None:
            yield unread(number, "line_too_long", TOO_LONG)
        elif not line.isspace():
            text, flaw = decoded(line)
            record = parsed(number, text)
            if flaw is not None:
                record.flaws.append(flaw)
            if record.value is None and not line.endswith(b"\n"):
                record.flaws[0].sentence += " The file ends here, perhaps in the middle of a row."
            yield record


def parsed(line: int, text: str, column: int | None = None) -> Record:
    """One row from its JSON, which begins in `column` where that is not the first."""
    try:
        return Record(line, parse_json(text), text, column)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Invalid control character"):
            return _with_control_characters(line, text, error, column)
        return _bad(line, text, error, column)
    except UnreadableJson as error:
        return unread(line, "bad_json", f"This is {error}.", text, column)


def _with_control_characters(line: int, text: str, error: json.JSONDecodeError, column: int | None) -> Record:
    """JSON forbids them in text unless they are written as \\u0000 and the like; everything else may be right."""
    where = error.pos + (column or 1)
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _bad(line, text, error, column)
    sentence = (
        f"A control character (U+{ord(text[error.pos]):04X}) stands in a text as it is, which JSON does not allow."
    )
    return Record(line, value, text, column, [Flaw("control_characters", sentence, column=where)])


def _bad(line: int, text: str, error: json.JSONDecodeError, column: int | None) -> Record:
    where = error.pos + (column or 1) if "\n" not in text.rstrip("\n") else None
    place = f", column {where:,}" if where else ""
    return unread(line, "bad_json", f"This is not valid JSON: {error.msg}{place}.", text, where)

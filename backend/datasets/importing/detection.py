"""What the columns of a source are taken for. Sees some rows, not all of them."""

from collections.abc import Sequence
from typing import Any

from backend.datasets.importing.readers.plain_text import UNITS
from backend.datasets.importing.records import excerpt
from backend.datasets.importing.schemas import Mapping, Shape, SourceColumn
from backend.datasets.importing.shapes import FIELDS

LIKELIEST: tuple[Shape, ...] = ("preference", "conversation", "completion", "instruction", "grpo", "text")
"""The first whose fields are there: a row with a chosen answer may have messages, one with an instruction a text."""


def detect(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Mapping | None:
    """By the names of the columns, and for conversations by what they hold."""
    for shape in LIKELIEST:
        columns = _columns(shape, names)
        required = [it.name for it in FIELDS[shape] if it.required]
        if not all(name in columns for name in required):
            continue
        if shape == "conversation" and not _hold_messages(columns["messages"], rows):
            continue
        if (
            shape == "instruction"
            and columns["instruction"].lower() == "prompt"
            and columns["output"].lower() == "answer"
        ):
            continue  # as rewards need it
        return Mapping(shape=shape, columns=columns)
    if len(names) == 1 and any(isinstance(row.get(names[0]), str) for row in rows):
        return Mapping(shape="text", columns={"text": names[0]})
    return None


def format_name(mapping: Mapping, rows: Sequence[dict[str, Any]]) -> str | None:
    """What the field calls it."""
    columns = {name: column.lower() for name, column in mapping.columns.items()}
    match mapping.shape:
        case "conversation":
            return "ShareGPT" if _says_from(mapping.columns["messages"], rows) else "Chat messages"
        case "instruction" if columns["instruction"] == "instruction" and columns["output"] == "output":
            return "Alpaca"
        case "instruction" if columns["instruction"] == "instruction" and columns.get("input") == "context":
            return "Dolly"
        case "instruction":
            return f"{columns['instruction'].capitalize()} and {columns['output']}"
        case "completion":
            return "Prompt and completion"
        case "preference":
            return "Preference pairs"
        case "grpo":
            return "Prompt and answer, for GRPO"
        case "text" if columns["text"] in UNITS:
            return "Plain text"
        case "text":
            return "Text"


def column_names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def describe_columns(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[SourceColumn]:
    described = []
    for name in names:
        values = [row[name] for row in rows if not _is_empty(row.get(name))]
        filled = 100 * len(values) / len(rows) if rows else 0.0
        example = excerpt(values[0] if isinstance(values[0], str) else repr(values[0])) if values else ""
        described.append(
            SourceColumn(name=excerpt(name), kind=_kind(values), filled_percent=round(filled, 1), example=example)
        )
    return described


def _columns(shape: Shape, names: Sequence[str]) -> dict[str, str]:
    """The likeliest column of each field; none has two."""
    by_lower = {name.lower(): name for name in reversed(names)}
    found: dict[str, str] = {}
    for it in sorted(FIELDS[shape], key=lambda it: not it.required):
        for name in it.names:
            if name in by_lower and by_lower[name] not in found.values():
                found[it.name] = by_lower[name]
                break
    return {it.name: found[it.name] for it in FIELDS[shape] if it.name in found}


def _hold_messages(column: str, rows: Sequence[dict[str, Any]]) -> bool:
    values = [row[column] for row in rows if not _is_empty(row.get(column))]
    return any(isinstance(it, list) or (isinstance(it, str) and it.lstrip().startswith("[")) for it in values)


def _says_from(column: str, rows: Sequence[dict[str, Any]]) -> bool:
    for row in rows:
        value = row.get(column)
        if isinstance(value, str):
            return '"from"' in value
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "from" in value[0]
    return False


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _kind(values: list[Any]) -> str:
    kinds = {_kind_of(value) for value in values}
    return "mixed" if len(kinds) > 1 else kinds.pop() if kinds else "empty"


def _kind_of(value: Any) -> str:
    match value:
        case str():
            return "text"
        case bool():
            return "true or false"
        case int() | float():
            return "numbers"
        case [{"role": _}, *_] | [{"from": _}, *_]:
            return "lists of messages"
        case list():
            return "lists"
        case dict():
            return "objects"
    return "something else"

"""Reads training data: one JSON object a line, in one of three formats. Knows no tokenizer.

`{"text": ...}`, `{"messages": [{"role", "content"} ...], "tools"?}` and `{"prompt": ..., "completion": ...}`, as
mlx-lm names them. Every error names the file and the line. A byte order mark and blank lines are fine.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.datasets.schemas import DataFormat
from backend.errors import AppError
from backend.json_files import UnreadableJson, parse_json

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
SHOWN_FIELDS = 6

KNOWN_ELSEWHERE = {
    "instruction": "This is the Alpaca format",
    "conversations": "This is the ShareGPT format",
    "chosen": "This is preference data",
    "question": "This is a list of questions and answers",
    "response": "This is a list of prompts and responses",
}


class DataProblem(AppError):
    """Data that cannot be read as one of the formats."""

    code = "bad_data"


@dataclass(frozen=True)
class TextRow:
    text: str


@dataclass(frozen=True)
class MessagesRow:
    """`messages` as the chat template gets them; `tools` are the functions the assistant may call."""

    messages: list[dict[str, Any]]
    tools: list[Any] | None = None


@dataclass(frozen=True)
class PromptCompletionRow:
    prompt: str
    completion: str


Row = TextRow | MessagesRow | PromptCompletionRow


def read_rows(path: Path) -> list[Row]:
    """Every row of a JSONL file, all of one format. Raises DataProblem naming the file and the line."""
    return [row for _, _, row in read_numbered(path)]


def read_numbered(path: Path) -> list[tuple[int, dict[str, Any], Row]]:
    """Line number (from 1), the object as it stands there, and the row that it means."""
    return list(each_numbered(path))


def each_numbered(path: Path) -> Iterator[tuple[int, dict[str, Any], Row]]:
    """The same, one row at a time."""
    first: tuple[int, Row] | None = None
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        record, row = read_line(path, number, line)
        first = first or (number, row)
        if type(row) is not type(first[1]):
            raise DataProblem(
                f"{path.name} mixes formats: line {first[0]} is {_named(first[1])}, line {number} is {_named(row)}. "
                "Keep one format to a file."
            )
        yield number, record, row
    if first is None:
        raise DataProblem(f"{path.name} is empty; it needs one JSON object on each line.")


def read_line(path: Path, number: int, line: str) -> tuple[dict[str, Any], Row]:
    """The object on line `number` of a file, and the row that it means. Raises DataProblem naming both."""
    record = _parse(path, number, line)
    return record, row_of(record, f"{path.name}, line {number}")


def row_of(record: dict[str, Any], place: str) -> Row:
    """The row that an object means. Raises DataProblem with `place` and what is missing."""
    if "messages" in record:
        return MessagesRow(_messages(place, record["messages"]), _tools(place, record.get("tools")))
    if "prompt" in record and "completion" in record:
        return PromptCompletionRow(
            _text(place, record, "prompt", may_be_empty=True), _text(place, record, "completion")
        )
    if "text" in record:
        return TextRow(_text(place, record, "text"))
    hint = next((f" {words}." for field, words in KNOWN_ELSEWHERE.items() if field in record), "")
    fields = ", ".join(list(record)[:SHOWN_FIELDS]) or "none"
    raise DataProblem(
        f"{place}: the fields are {fields}, but text, messages, or prompt and completion are needed.{hint}"
    )


def data_format(row: Row) -> DataFormat:
    match row:
        case TextRow():
            return "text"
        case MessagesRow():
            return "messages"
        case PromptCompletionRow():
            return "prompt_completion"


def take_apart(row: Row) -> tuple[str | None, str | None]:
    """The question and the reference answer of a row, where it has them."""
    match row:
        case TextRow():
            return None, None
        case PromptCompletionRow():
            return row.prompt, row.completion
        case MessagesRow():
            return _last(row, "user"), _last(row, "assistant")


def _last(row: MessagesRow, role: str) -> str | None:
    return next((message.get("content") for message in reversed(row.messages) if message["role"] == role), None)


def _read_text(path: Path) -> str:
    if not path.exists():
        raise DataProblem(f"There is no data file {path}.", code="data_not_found")
    if not path.is_file():
        raise DataProblem(f"{path} is no file; the data is a JSONL file, one JSON object on each line.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataProblem(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataProblem(f"{path.name}, line {line}: this is not UTF-8 text. Save the file as UTF-8.") from error


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = parse_json(line)
    except json.JSONDecodeError as error:
        whole = " The file looks like one JSON document over many lines." if line.strip() in "[{" else ""
        raise DataProblem(
            f"{path.name}, line {number}: not valid JSON ({error.msg}, column {error.colno}). "
            f"Each line is one JSON object.{whole}"
        ) from error
    except UnreadableJson as error:
        raise DataProblem(f"{path.name}, line {number}: this is {error}.") from error
    if not isinstance(record, dict):
        array = (
            " The file looks like one JSON array; write its objects one to a line." if isinstance(record, list) else ""
        )
        raise DataProblem(f"{path.name}, line {number}: a JSON object was expected, not {_kind(record)}.{array}")
    return record


def _text(place: str, record: dict[str, Any], field: str, may_be_empty: bool = False) -> str:
    value = record[field]
    if not isinstance(value, str):
        raise DataProblem(f"{place}: {field} must be text, not {_kind(value)}.")
    if not value.strip() and not may_be_empty:
        raise DataProblem(f"{place}: {field} is empty.")
    return value


def _messages(place: str, messages: Any) -> list[dict[str, Any]]:
    if not isinstance(messages, list) or not messages:
        raise DataProblem(f"{place}: messages must be a list of at least one message.")
    for message in messages:
        if not isinstance(message, dict) or "role" not in message:
            raise DataProblem(f'{place}: a message looks like {{"role": "user", "content": "..."}}.')
        if message["role"] not in ROLES:
            raise DataProblem(
                f"{place}: the role {message['role']!r} is unknown; roles are system, user, assistant and tool."
            )
        content = message.get("content")
        if not isinstance(content, str) and not (content is None and message.get("tool_calls")):
            raise DataProblem(f"{place}: the content of a message must be text, not {_kind(content)}.")
    if not any(message["role"] == "assistant" for message in messages):
        raise DataProblem(f"{place}: no message is the assistant's, so there is no answer to learn.")
    return messages


def _tools(place: str, tools: Any) -> list[Any] | None:
    if tools is not None and not isinstance(tools, list):
        raise DataProblem(f"{place}: tools must be a list, not {_kind(tools)}.")
    return tools


def _named(row: Row) -> str:
    return {"text": "text", "messages": "messages", "prompt_completion": "prompt and completion"}[data_format(row)]


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "nothing")

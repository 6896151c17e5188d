"""What columns are taken for, by their names and by what they hold."""

from typing import Any

import pytest

from backend.datasets.importing import detection
from backend.datasets.importing.schemas import Mapping, Shape, SourceColumn

SHAREGPT = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]
CHAT = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


@pytest.mark.parametrize(
    ("row", "shape", "columns", "name"),
    [
        ({"text": "a"}, "text", {"text": "text"}, "Text"),
        ({"body": "a"}, "text", {"text": "body"}, "Text"),
        ({"paragraph": "a"}, "text", {"text": "paragraph"}, "Plain text"),
        ({"instruction": "a", "input": "", "output": "b"}, "instruction", "instruction input output", "Alpaca"),
        (
            {"instruction": "a", "input": "", "output": "b", "text": "c"},
            "instruction",
            "instruction input output",
            "Alpaca",
        ),
        (
            {"instruction": "a", "context": "", "response": "b", "category": "c"},
            "instruction",
            {"instruction": "instruction", "input": "context", "output": "response"},
            "Dolly",
        ),
        (
            {"system_prompt": "", "question": "a", "response": "b"},
            "instruction",
            {"instruction": "question", "output": "response", "system": "system_prompt"},
            "Question and response",
        ),
        (
            {"question": "a", "answer": "b"},
            "instruction",
            {"instruction": "question", "output": "answer"},
            "Question and answer",
        ),
        (
            {"Question": "a", "Answer": "b"},
            "instruction",
            {"instruction": "Question", "output": "Answer"},
            "Question and answer",
        ),
        (
            {"prompt": "a", "response": "b"},
            "instruction",
            {"instruction": "prompt", "output": "response"},
            "Prompt and response",
        ),
        (
            {"input": "a", "output": "b"},
            "instruction",
            {"instruction": "input", "output": "output"},
            "Input and output",
        ),
        ({"prompt": "a", "completion": "b"}, "completion", "prompt completion", "Prompt and completion"),
        ({"prompt": "a", "answer": "b", "system": "c"}, "grpo", "prompt answer system", "Prompt and answer, for GRPO"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference", "prompt chosen rejected", "Preference pairs"),
        (
            {"conversations": SHAREGPT[:1], "chosen": SHAREGPT[1], "rejected": SHAREGPT[1]},
            "preference",
            {"prompt": "conversations", "chosen": "chosen", "rejected": "rejected"},
            "Preference pairs",
        ),
        ({"id": 1, "conversations": SHAREGPT}, "conversation", {"messages": "conversations"}, "ShareGPT"),
        ({"messages": CHAT, "tools": "[]"}, "conversation", "messages tools", "Chat messages"),
        ({"messages": '[{"role": "user"}]'}, "conversation", "messages", "Chat messages"),
    ],
)
def test_the_format_is_known_by_its_columns(
    row: dict[str, Any], shape: Shape, columns: dict[str, str] | str, name: str
) -> None:
    mapping = detection.detect(list(row), [row])

    expected = {it: it for it in columns.split()} if isinstance(columns, str) else columns
    assert mapping == Mapping(shape=shape, columns=expected)
    assert mapping is not None and detection.format_name(mapping, [row]) == name


@pytest.mark.parametrize("row", [{}, {"a": 1}, {"a": "b", "c": "d"}, {"messages": "text", "id": 1}, {"instruction": 1}])
def test_columns_that_say_nothing_are_left_to_the_person(row: dict[str, Any]) -> None:
    assert detection.detect(list(row), [row]) is None


def test_columns_are_described_by_what_they_hold() -> None:
    rows: list[dict[str, Any]] = [{"a": "x" * 200, "b": 1, "c": CHAT}, {"a": None, "b": "two", "c": [], "d": None}]
    names = detection.column_names(rows)

    assert detection.describe_columns(names, rows) == [
        SourceColumn(name="a", kind="text", filled_percent=50, example="x" * 160 + " ..."),
        SourceColumn(name="b", kind="mixed", filled_percent=100, example="1"),
        SourceColumn(name="c", kind="lists of messages", filled_percent=50, example=repr(CHAT)),
        SourceColumn(name="d", kind="empty", filled_percent=0, example=""),
    ]

"""Training data as people really write it, right and wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.datasets.formats import (
    DataProblem,
    MessagesRow,
    PromptCompletionRow,
    Row,
    TextRow,
    data_format,
    read_rows,
    take_apart,
)

CHAT: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def write(folder: Path, *records: Any, name: str = "train.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("record", "row", "name", "parts"),
    [
        ({"text": "Once"}, TextRow("Once"), "text", (None, None)),
        ({"prompt": "1+1", "completion": "2"}, PromptCompletionRow("1+1", "2"), "prompt_completion", ("1+1", "2")),
        ({"prompt": "", "completion": "2"}, PromptCompletionRow("", "2"), "prompt_completion", ("", "2")),
        ({"messages": CHAT}, MessagesRow(CHAT), "messages", ("Hi", "Hello")),
        ({"messages": CHAT, "tools": [{}]}, MessagesRow(CHAT, [{}]), "messages", ("Hi", "Hello")),
        ({"text": "Once", "source": "a book"}, TextRow("Once"), "text", (None, None)),
    ],
)
def test_a_row_is_read_as_its_format(
    record: Any, row: Row, name: str, parts: tuple[str | None, str | None], tmp_path: Path
) -> None:
    assert read_rows(write(tmp_path, record)) == [row]
    assert (data_format(row), take_apart(row)) == (name, parts)


def test_the_last_turn_is_the_question_and_the_answer() -> None:
    roles = {"system": "Be kind", "user": "And?", "assistant": "Well"}
    turns: list[dict[str, Any]] = [{"role": role, "content": content} for role, content in roles.items()]

    assert take_apart(MessagesRow([turns[0], *CHAT, *turns[1:]])) == ("And?", "Well")


def test_byte_order_mark_blank_lines_and_other_line_ends_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes('\ufeff{"text": "ä\u2028b"}\r\n\n   \n{"text": "c"}'.encode())

    assert read_rows(file) == [TextRow("ä\u2028b"), TextRow("c")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "train.jsonl is empty; it needs one JSON object on each line."),
        (b"\n \n", "train.jsonl is empty; it needs one JSON object on each line."),
        (
            b'{"text": "a"}\n{"text": }\n',
            "train.jsonl, line 2: not valid JSON (Expecting value, column 10). Each line is one JSON object.",
        ),
        (b'{"text": "a"}\n\n{"text": "b', "train.jsonl, line 3: not valid JSON"),
        (b'{"text": "a"}\n{"text": "\xe4"}', "train.jsonl, line 2: this is not UTF-8 text. Save the file as UTF-8."),
        (b"\xff\xfe{\0", "train.jsonl, line 1: this is not UTF-8 text. Save the file as UTF-8."),
        (
            b'{"text": "\\ud83d"}',
            "train.jsonl, line 1: this is not valid Unicode: half of a character (a lone surrogate) in the text.",
        ),
        (b'["a"]', "train.jsonl, line 1: a JSON object was expected, not a list. The file looks like one JSON array"),
        (b"[\n{}\n]", "The file looks like one JSON document over many lines."),
        (b'"text"', "train.jsonl, line 1: a JSON object was expected, not text."),
        (
            b'{"text": "a"}\n{"prompt": "a", "completion": "b"}',
            "train.jsonl mixes formats: line 1 is text, line 2 is prompt and completion. Keep one format to a file.",
        ),
        (
            b'{"instruction": "a", "input": "", "output": "b"}',
            "train.jsonl, line 1: the fields are instruction, input, output, but text, messages, or prompt and "
            "completion are needed. This is the Alpaca format; import it on the Data page, which writes the rows that "
            "training needs.",
        ),
        (b'{"conversations": []}', "This is the ShareGPT format; import it on the Data page"),
        (b'{"prompt": "a", "response": "b"}', "This is a list of prompts and responses; import it on the Data page"),
        (
            b'{"prompt": "a", "chosen": "b", "rejected": "c"}',
            "train.jsonl, line 1: This is preference data (chosen and rejected); a fine-tuning run learns from text, "
            "messages, or prompt and completion.",
        ),
        (b'{"prompt": "a", "answer": "b"}', "train.jsonl, line 1: This is data for GRPO (prompt and answer);"),
        (b"{}", "the fields are none, but text, messages, or prompt and completion are needed."),
        (b'{"text": 5}', "train.jsonl, line 1: text must be text, not a number."),
        (b'{"text": "  "}', "train.jsonl, line 1: text is empty."),
        (b'{"prompt": "a", "completion": ""}', "train.jsonl, line 1: completion is empty."),
        (b'{"prompt": null, "completion": "a"}', "train.jsonl, line 1: prompt must be text, not nothing."),
        (b'{"messages": []}', "messages must be a list of at least one message."),
        (b'{"messages": ["Hi"]}', 'a message looks like {"role": "user", "content": "..."}.'),
        (
            b'{"messages": [{"role": "human", "content": "Hi"}]}',
            "the role 'human' is unknown; roles are system, user, assistant and tool.",
        ),
        (
            b'{"messages": [{"role": "user", "content": {"text": "Hi"}}]}',
            "the content of a message must be text, not an object.",
        ),
        (
            b'{"messages": [{"role": "user", "content": "Hi"}]}',
            "no message is the assistant's, so there is no answer to learn.",
        ),
        (b'{"messages": [{"role": "assistant", "content": "Hi"}], "tools": 1}', "tools must be a list, not a number."),
        (b"[" * 100_000, "train.jsonl, line 1: this is nested too deeply."),
        (b'{"text": "a", "more": ' + b"[" * 400 + b"]" * 400 + b"}", "train.jsonl, line 1: this is nested too deeply."),
        (
            b'{"text": "a", "id": ' + b"1" * 5000 + b"}",
            "line 1: this is not usable: a whole number in it has thousands",
        ),
        (
            b'{"messages": [{"role": "assistant", "content": ["Hi"], "tool_calls": [{}]}]}',
            "the content of a message must be text, not a list.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(content)

    with pytest.raises(DataProblem) as refused:
        read_rows(file)

    assert sentence in refused.value.detail
    assert "train.jsonl" in refused.value.detail
    assert refused.value.status_code == 400


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataProblem, match=f"There is no data file {tmp_path / 'none.jsonl'}"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(DataProblem, match="is no file; the data is a JSONL file"):
        read_rows(tmp_path)


def test_a_call_of_a_tool_needs_no_content(tmp_path: Path) -> None:
    answer = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f"}}]}
    call: list[dict[str, Any]] = [CHAT[0], answer]

    assert read_rows(write(tmp_path, {"messages": call})) == [MessagesRow(call)]

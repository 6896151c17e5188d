"""JSON in every arrangement, whole and broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.datasets.importing.readers import json_document, lines
from tests.datasets.importing.sources import PAIRS, flaws, jsonl, put, read, values

CHATS = [{"turns": [{"role": "user", "content": f"{it}"}, {"role": "assistant", "content": "}, {"}]} for it in range(4)]


@pytest.mark.parametrize("rows", [PAIRS, CHATS], ids=["pairs", "chats"])
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.jsonl", lambda rows: jsonl(rows)),
        ("a.jsonl", lambda rows: b"\xef\xbb\xbf" + jsonl(rows).replace(b"\n", b"\r\n\r\n")),
        ("a.jsonl", lambda rows: jsonl(rows).rstrip()),
        ("a.json", lambda rows: jsonl(rows)),
        ("a.json", lambda rows: json.dumps(rows).encode()),
        ("a.json", lambda rows: b"\xef\xbb\xbf" + json.dumps(rows, indent=2).encode()),
        ("a.jsonl", lambda rows: json.dumps(rows).encode()),
        (
            "a.json",
            lambda rows: json.dumps({"version": "1", "data": rows, "notes": [1, [2]], "more": {"a": []}}).encode(),
        ),
        ("a.json", lambda rows: json.dumps({"data": rows[:2], "further": rows[2:]}, indent=1).encode()),
        ("a.json", lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows).encode()),
        ("a.json", lambda rows: json.dumps(rows).encode("utf-16")),
        ("a.json", lambda rows: json.dumps(rows).encode("utf-16-le")),
    ],
    ids=[
        *("lines", "crlf", "no-end", "lines-as-json", "list", "indented", "list-as-jsonl", "data", "two"),
        *("one-by-one", "utf-16", "utf-16-le"),
    ],
)
def test_rows_are_the_same_however_the_json_is_arranged(
    name: str, write: Any, rows: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / name, write(rows))
    assert (values(read(path)), flaws(read(path))) == (rows, [])

    monkeypatch.setattr(json_document, "CHUNK_BYTES", 7)
    assert (values(read(path)), flaws(read(path))) == (rows, [])


def test_a_row_of_a_document_is_found_by_line_and_column(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.json", '[{"a": 1},\n {"a": 2}, {"a": 3}]'))

    assert [(it.line, it.column, it.text) for it in records] == [
        (1, 2, '{"a": 1}'),
        (2, 2, '{"a": 2}'),
        (2, 12, '{"a": 3}'),
    ]


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        (b'{"a": 1,}', "bad_json", "This is not valid JSON: "),
        (b"nothing", "bad_json", "This is not valid JSON: Expecting value, column "),
        (b"\0\0\0\0", "bad_json", "This is not valid JSON: Expecting value, column "),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "bad_json", "This is nested too deeply."),
        (b"[" * 200_000, "bad_json", "This is nested too deeply."),
        (
            b'{"a": ' + b"1" * 5000 + b"}",
            "bad_json",
            "This is not usable: a whole number in it has thousands of digits.",
        ),
        (
            rb'{"a": "\ud83d"}',
            "bad_json",
            "This is not valid Unicode: half of a character (a lone surrogate) in the text.",
        ),
        (b'{"a": "caf\xe9"}', "bad_encoding", "Byte 0xE9 in column 11 is not UTF-8."),
        (
            b'{"a": "b\0c"}',
            "control_characters",
            "A control character (U+0000) stands in a text as it is, which JSON does not allow.",
        ),
    ],
    ids=["comma", "word", "zeros", "deep", "deeper", "digits", "surrogate", "latin", "control"],
)
@pytest.mark.parametrize("arrangement", ["lines", "list"])
def test_a_broken_row_is_one_finding_and_the_others_are_read(
    line: bytes, kind: str, sentence: str, arrangement: str, tmp_path: Path
) -> None:
    before, after = b'{"a": "first"}', b'{"a": "last"}'
    lines = b"\n".join([before, line, after]) + b"\n"
    listed = b"[" + b",\n".join([before, line, after]) + b"]\n"
    records = read(put(tmp_path / "a.json", lines if arrangement == "lines" else listed))

    found = flaws(records)
    if arrangement == "list" and line.startswith(b"[["):
        assert found[0][:2] == (2, kind)  # its brackets never close, and swallow what follows
        return
    assert [it[:2] for it in found] == [(2, kind)]
    assert found[0][2].startswith(sentence)
    assert [value["a"] for value in values(records)][:: len(values(records)) - 1] == ["first", "last"]


@pytest.mark.parametrize(
    ("flaw", "kind", "read_rows"),
    [(b"a\tb", "control_characters", 60), (b'a" b "c', "bad_json", 0), (rb"a\x", "bad_json", 0)],
)
def test_a_flawed_row_is_read_whole_wherever_reading_paused(
    flaw: bytes, kind: str, read_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_document, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(json_document, "LONGEST_LINE", 5000)
    rows = [{"turns": [{"role": "user", "content": f"FLAW {it}"}, {"content": "word " * 50}]} for it in range(60)]
    records = read(put(tmp_path / "a.json", json.dumps(rows).encode().replace(b"FLAW", flaw)))

    assert [it.kind for record in records for it in record.flaws] == [kind] * 60
    assert len(records) == 60
    assert len(values(records)) == read_rows


def test_a_quotation_mark_too_many_takes_no_other_row_with_it(tmp_path: Path) -> None:
    rows = [{"turns": [{"role": "user", "content": "FLAW" if it % 10 == 0 else "}, {"}]} for it in range(60)]
    records = read(put(tmp_path / "a.json", json.dumps(rows).encode().replace(b"FLAW", b'"')))

    assert [it.kind for record in records for it in record.flaws] == ["bad_json"] * 6
    assert values(records) == [row for number, row in enumerate(rows) if number % 10]


def test_bytes_that_are_no_utf8_are_read_as_windows_1252(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.json"):
        content = b'{"a": "caf\xe9 \x93so\x94"}\n' if name == "a.jsonl" else b'[{"a": "caf\xe9 \x93so\x94"}]'
        assert values(read(put(tmp_path / name, content))) == [{"a": "café “so”"}]


@pytest.mark.parametrize("cut", range(2, len(json.dumps(PAIRS, indent=1)) - 1, 17))
def test_a_list_that_is_cut_off_gives_the_rows_before_and_says_so(cut: int, tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.json", json.dumps(PAIRS, indent=1)[:cut]))

    found = values(records)
    assert found == PAIRS[: len(found)]
    assert [kind for _, kind, _ in flaws(records)] == ["cut_off"]


def test_lines_that_are_cut_off_give_the_rows_before_and_say_so(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.jsonl", jsonl(PAIRS)[:-20]))

    assert values(records) == PAIRS[:-1]
    ((line, kind, sentence),) = flaws(records)
    assert (line, kind) == (6, "bad_json")
    assert sentence.endswith("The file ends here, perhaps in the middle of a row.")


def test_a_line_that_is_too_long_is_left_out_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (lines, json_document):
        monkeypatch.setattr(module, "LONGEST_LINE", 100)
    monkeypatch.setattr(json_document, "CHUNK_BYTES", 30)
    rows = [{"a": "b"}, {"a": 'x"\\' * 100}, {"a": ["}"] * 100}, {"a": "c"}]
    by_line, by_list = put(tmp_path / "a.jsonl", jsonl(rows)), put(tmp_path / "a.json", json.dumps(rows))

    for path in (by_line, by_list):
        assert values(read(path)) == [{"a": "b"}, {"a": "c"}]
        assert [kind for _, kind, _ in flaws(read(path))] == ["line_too_long", "line_too_long"]


def test_a_comma_that_is_missing_between_rows_is_found(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.json", '[{"a": 1} {"a": 2},\n{"a": 3} x, {"a": 4}]'))

    assert values(records) == [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]
    assert [it[:2] for it in flaws(records)] == [(1, "bad_json"), (2, "bad_json")]

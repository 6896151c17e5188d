"""Tables in text and in Parquet, and plain text."""

import gzip
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from backend.datasets.importing.opening import SourceRefused
from backend.datasets.importing.readers import csv_table, lines, plain_text
from backend.datasets.importing.readers import parquet as parquet_reader
from backend.datasets.importing.readers.plain_text import Unit
from backend.datasets.importing.sources import HOW_TO_GET_PARQUET, sources_at
from tests.datasets.importing.sources import PAIRS, flaws, put, read, values

TABLE = 'question,answer\n"What, then?","He said ""no""\nand left"\nWhy?,é\n'
ROWS = [{"question": "What, then?", "answer": 'He said "no"\nand left'}, {"question": "Why?", "answer": "é"}]


@pytest.mark.parametrize(
    ("name", "content", "delimiter"),
    [
        ("a.csv", TABLE.encode(), ","),
        ("a.csv", b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").replace('no""\r\n', 'no""\n').encode(), ","),
        ("a.csv", TABLE.replace(",", ";").replace("What;", "What,").encode("utf-16"), ";"),
        ("a.tsv", TABLE.replace(",", "\t").replace("What\t", "What,").encode(), "\t"),
        ("a.csv", ("sep=|\n" + TABLE.replace(",", "|").replace("What|", "What,")).encode(), "|"),
        ("a", TABLE.encode(), ","),
        ("a.csv.gz", gzip.compress(TABLE.encode()), ","),
    ],
    ids=["plain", "excel", "utf-16", "tabs", "sep", "unnamed", "gzip"],
)
def test_a_table_is_read_whatever_its_cells_stand_between(
    name: str, content: bytes, delimiter: str, tmp_path: Path
) -> None:
    path = put(tmp_path / name, content)

    assert values(read(path)) == ROWS
    assert flaws(read(path)) == []
    assert sources_at(path)[0].file.delimiter == delimiter


def test_a_row_of_a_table_stands_on_the_line_where_it_begins(tmp_path: Path) -> None:
    assert [record.line for record in read(put(tmp_path / "a.csv", TABLE))] == [2, 4]


def test_columns_of_one_name_and_of_none_are_told_apart(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", "text,text,, text \n1,2,3,4\n"))

    assert values(records) == [{"text": "1", "text_2": "2", "column_3": "3", "text_3": "4"}]


def test_rows_that_cannot_be_cut_into_the_columns_are_found(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", 'a,b\n1\n1,2,3\n"x"y,2\n\n3,4\n5,"open\nto the end'))

    assert values(records)[-1] == {"a": "3", "b": "4"}
    assert flaws(records) == [
        (2, "ragged_row", "This row has 1 cells, and there are 2 columns."),
        (3, "ragged_row", "This row has 3 cells, and there are 2 columns."),
        (4, "bad_csv", "Line 4 cannot be cut into cells: ',' expected after '\"'."),
        (7, "bad_csv", "Line 7 to 8 cannot be cut into cells: a quotation mark is not closed."),
    ]


def test_a_cell_that_never_ends_takes_bounded_memory_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (lines, csv_table):
        monkeypatch.setattr(module, "LONGEST_LINE", 60)
    records = read(put(tmp_path / "a.csv", 'a,b\n1,"' + "word\n" * 40 + "2,3\n" + "x" * 200 + ",1\n5,6\n"))

    assert {kind for _, kind, _ in flaws(records)} >= {"line_too_long"}
    assert values(records)[-1] == {"a": "5", "b": "6"}


def test_old_bytes_and_zeros_in_a_table_are_found(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", b"a,b\ncaf\xe9,1\n2,x\0y\n"))

    assert values(records) == [{"a": "café", "b": "1"}, {"a": "2", "b": "x\0y"}]
    assert flaws(records) == [(2, "bad_encoding", "Byte 0xE9 in column 4 is not UTF-8.")]


@pytest.mark.parametrize(
    ("unit", "rows"),
    [
        ("paragraph", [(1, "One\ntwo"), (5, "three")]),
        ("line", [(1, "One"), (2, "two"), (5, "three")]),
        ("document", [(1, "One\ntwo\n\n \nthree")]),
    ],
)
def test_plain_text_is_cut_as_somebody_wishes(unit: Unit, rows: list[tuple[int, str]], tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.txt", "One\ntwo\n\n \nthree\n"), unit)

    assert [(record.line, record.value[unit]) for record in records] == rows


def test_a_text_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lines, plain_text):
        monkeypatch.setattr(module, "LONGEST_LINE", 20)
    records = read(put(tmp_path / "a.txt", "words and\n" * 9), "document")

    assert (values(records), flaws(records)[0][:2]) == ([], (1, "line_too_long"))


def test_nested_columns_of_a_parquet_file_are_rows_of_the_same_objects(tmp_path: Path) -> None:
    call = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]}
    rows = [
        {"messages": [{"role": "user", "content": "a"}, call], "id": 1, "score": 0.5},
        {"messages": [{"role": "user", "content": "b"}], "id": None, "score": None},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "a.parquet")

    assert [(record.line, record.value) for record in read(tmp_path / "a.parquet")] == list(enumerate(rows, start=1))


def test_values_of_a_parquet_file_that_json_has_no_words_for_are_text(tmp_path: Path) -> None:
    row = {
        "at": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        "price": Decimal("1.50"),
        "bytes": b"caf\xc3\xa9",
        "image": b"\x89PNG",
        "messages": [{"content": "a", "on": date(2024, 5, 6), "clock": time(7, 8), "took": timedelta(seconds=90)}],
    }
    parquet.write_table(arrow.Table.from_pylist([row]), tmp_path / "a.parquet")

    assert values(read(tmp_path / "a.parquet")) == [
        {
            "at": "2024-05-06T07:08:09+00:00",
            "price": "1.50",
            "bytes": "café",
            "image": b"\x89PNG",
            "messages": [{"content": "a", "on": "2024-05-06", "clock": "07:08:00", "took": "0:01:30"}],
        }
    ]


def test_a_damaged_parquet_file_is_refused_in_words(tmp_path: Path) -> None:
    parquet.write_table(arrow.Table.from_pylist(PAIRS * 1000), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for name, content in {"cut": whole[:-100], "changed": whole[:100] + b"\xff" * 200 + whole[300:]}.items():
        with pytest.raises(SourceRefused, match="is damaged, or no Parquet file that can be read"):
            read(put(tmp_path / f"{name}.parquet", content))
    assert (
        sources_at(put(tmp_path / "text.parquet", "a"))[0].file.problem == "It is called so, but it is no Parquet file."
    )


def test_a_group_of_rows_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_reader, "UNPACKED_AT_EASE", 1000)
    parquet.write_table(
        arrow.table({"text": ["a" * 100_000 + str(it) for it in range(20)]}), tmp_path / "a.parquet", compression="zstd"
    )
    with pytest.raises(SourceRefused, match=r"a\.parquet holds 0\.0 GB in one group of rows"):
        read(tmp_path / "a.parquet")


def test_without_its_package_a_parquet_file_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write_table(arrow.Table.from_pylist(PAIRS), tmp_path / "a.parquet")
    monkeypatch.setattr("backend.datasets.importing.sources.parquet_can_be_read", lambda: False)

    (source,) = sources_at(tmp_path / "a.parquet")

    assert (source.file.kind, source.file.taken, source.file.problem) == ("parquet", False, HOW_TO_GET_PARQUET)

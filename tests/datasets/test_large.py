"""Data sets that are too large to read whole, and rows that no run learns from."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from backend.datasets import library as library_module
from backend.datasets import row_index
from backend.datasets.formats import DataProblem, read_rows
from backend.datasets.library import DatasetLibrary
from backend.datasets.row_index import EVERY, index_of
from backend.settings import Settings

PREFERENCE = {"prompt": "a", "chosen": "b", "rejected": "c"}
CHATS = {
    "prompt": [{"role": "user", "content": "a"}],
    "chosen": [{"role": "assistant", "content": "b"}],
    "rejected": [{"role": "assistant", "content": "c"}],
}
GRPO = {"prompt": "1+1", "answer": "2"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def library(settings: Settings) -> DatasetLibrary:
    return DatasetLibrary(settings)


def make(settings: Settings, name: str, lines: list[Any], card: Any = None) -> Path:
    folder = settings.datasets / name
    folder.mkdir(parents=True)
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "train.jsonl").write_text(text)
    if card is not None:
        (folder / "dataset.json").write_text(json.dumps(card))
    return folder / "train.jsonl"


@pytest.mark.parametrize("count", [1, EVERY - 1, EVERY, EVERY + 1, 3 * EVERY + 7])
def test_rows_are_found_by_their_number_and_blank_lines_are_none(count: int, tmp_path: Path) -> None:
    lines = [line for number in range(count) for line in (*[""] * (number % 3), f'{{"n": {number}}}')]
    file = tmp_path / "a.jsonl"
    file.write_text("\ufeff" + "\n".join(lines))
    index = index_of(file)

    assert index.total == count
    wanted = [(number, line) for number, line in enumerate(lines, start=1) if line]
    for offset in {0, 1, count // 2, max(0, count - 1), count}:
        assert index.read(offset, 5) == wanted[offset : offset + 5]


def test_a_preview_reads_no_more_than_its_rows(settings: Settings, library: DatasetLibrary) -> None:
    rows = [{"text": f"row {number}"} for number in range(2000)]
    make(settings, "many", [*rows[:1990], "{broken", *rows[1990:]])

    preview = library.preview("many", "train", 1500, 3)
    assert (preview.total, [it.row for it in preview.rows]) == (2001, rows[1500:1503])
    with pytest.raises(DataProblem, match=r"train\.jsonl, line 1991: not valid JSON"):
        library.preview("many", "train", 1985, 10)


def test_of_a_large_file_the_first_rows_are_looked_at_and_the_others_counted(
    settings: Settings, library: DatasetLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "READ_WHOLE_BYTES", 100)
    make(settings, "large", [{"text": "a"}] * 1500 + ["{broken"])
    make(settings, "wrong", [{"text": "a"}] * 500 + ["{broken"])

    large, wrong = library.list()
    assert (large.rows, large.format, large.problem) == ({"train": 1501}, "text", None)
    assert (wrong.problem or "").startswith("train.jsonl, line 501: not valid JSON")


def test_a_line_that_no_memory_would_hold_is_told(
    settings: Settings, library: DatasetLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "READ_WHOLE_BYTES", 100)
    monkeypatch.setattr(row_index, "LONGEST_LINE", 200)
    make(settings, "long", [{"text": "a"}, {"text": "b" * 300}])

    assert library.list()[0].problem == "train.jsonl: line 2 is longer than 0 MB; no model could learn from it."


def test_counts_that_were_written_hold_until_the_file_changes(settings: Settings, library: DatasetLibrary) -> None:
    file = make(settings, "counted", [{"text": "a"}] * 3)
    state = file.stat()
    counted = {"rows": 7, "bytes": state.st_size, "modified_ns": state.st_mtime_ns}
    card = {"format": "messages", "files": {"train": counted}}
    file.with_name("dataset.json").write_text(json.dumps(card))

    assert (library.get("counted").rows, library.get("counted").format) == ({"train": 7}, "messages")
    os.utime(file, ns=(0, state.st_mtime_ns + 1))
    assert (library.get("counted").rows, library.get("counted").format) == ({"train": 3}, "text")


@pytest.mark.parametrize(
    ("row", "format_", "prompt", "answer"),
    [(PREFERENCE, "preference", "a", "b"), (CHATS, "preference", "a", "b"), (GRPO, "grpo", "1+1", "2")],
)
def test_rows_that_no_run_learns_from_are_listed_shown_and_refused(
    row: Any, format_: str, prompt: str, answer: str, settings: Settings, library: DatasetLibrary
) -> None:
    file = make(settings, "kept", [row, row])

    dataset = library.get("kept")
    assert (dataset.rows, dataset.format, dataset.problem) == ({"train": 2}, format_, None)
    assert [it.model_dump() for it in library.preview("kept", "train", 1, 5).rows] == [
        {"row": row, "prompt": prompt, "answer": answer}
    ]
    with pytest.raises(DataProblem, match="a fine-tuning run learns from text, messages, or prompt and completion"):
        read_rows(file)


def test_kept_rows_among_others_are_a_problem(settings: Settings, library: DatasetLibrary) -> None:
    make(settings, "mixed", [{"text": "a"}, PREFERENCE])

    assert (library.get("mixed").problem or "").startswith("train.jsonl, line 2: This is preference data")

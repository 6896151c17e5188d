"""What becomes of every row of a source, and of those with findings."""

from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from pyarrow import parquet

from backend.datasets.importing import pipeline
from backend.datasets.importing.findings import Choices
from backend.datasets.importing.look import LONGEST_SHOWN, look
from backend.datasets.importing.opening import SourceRefused
from backend.datasets.importing.pipeline import chosen_sources
from backend.datasets.importing.records import Flaw
from backend.datasets.importing.schemas import (
    SHOWN_PLACES,
    Choice,
    FindingKind,
    FindingPlace,
    ImportPlan,
    Mapping,
    SplitPlan,
    TextRule,
)
from backend.datasets.importing.sources import sources_at
from backend.errors import FieldError
from tests.datasets.importing.sources import PAIRS, import_rows, jsonl, put


def written(numbers: list[int]) -> list[dict[str, str]]:
    return [{"prompt": PAIRS[it]["question"], "completion": PAIRS[it]["answer"]} for it in numbers]


def test_a_finding_names_its_place_and_offers_what_can_be_done(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", jsonl(PAIRS[:1]) + b'{"question": "Why?"}\n{broken\n' + jsonl(PAIRS[1:2]))
    outcome, rows = import_rows(path)

    assert [row for _, row in rows] == written([0, 1])
    assert (outcome.rows_read, outcome.rows_kept) == (4, 2)
    broken, missing = outcome.tally.findings()
    assert (broken.kind, broken.count, broken.choices, broken.chosen) == ("bad_json", 1, ["stop", "skip"], "stop")
    assert missing.places == [
        FindingPlace(
            file="a.jsonl",
            line=2,
            column=None,
            field="answer",
            excerpt='{"question": "Why?"}⏎',
            sentence="answer is missing.",
        )
    ]
    assert (broken.places[0].line, broken.places[0].column) == (3, 2)
    assert outcome.tally.stopping == ["missing_field", "bad_json"]


def test_a_row_with_two_findings_needs_both_to_be_chosen(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", jsonl([*PAIRS, {"question": "a\0", "answer": 5}]))

    chosen: list[tuple[Choices, int]] = [
        ({"number_for_text": "fix"}, 6),
        ({"number_for_text": "fix", "control_characters": "fix"}, 7),
        ({"number_for_text": "fix", "control_characters": "skip"}, 6),
        ({"number_for_text": "skip", "control_characters": "fix"}, 6),
    ]
    for choices, kept in chosen:
        outcome, rows = import_rows(path, choices=choices)
        assert (outcome.rows_kept, len(rows)) == (kept, kept)
    assert outcome.tally.counts == {"number_for_text": 1, "control_characters": 1}


@pytest.mark.parametrize("kind", ["too_long", "refused_by_template"])
def test_a_row_with_a_finding_is_judged_too_where_it_could_be_written(kind: FindingKind, tmp_path: Path) -> None:
    rows = [PAIRS[0], {"question": "a\0", "answer": "b"}, {"question": "Why?", "answer": 5}, {"question": "Why?"}]
    path = put(tmp_path / "a.jsonl", jsonl([*rows, {"question": "", "answer": "\0"}]))
    outcome, _ = import_rows(path, choices={"control_characters": "fix"}, judge=lambda row: Flaw(kind, "So it is."))

    (judged,) = (it for it in outcome.tally.findings() if it.kind == kind)
    assert [place.line for place in judged.places] == [1, 2, 3]


def test_what_json_has_no_word_for_is_a_finding(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello", "image": b"\x89PNG"}]
    parquet.write_table(arrow.Table.from_pylist([{"messages": messages}]), tmp_path / "a.parquet")
    outcome, rows = import_rows(tmp_path / "a.parquet")

    (finding,) = outcome.tally.findings()
    assert (rows, finding.kind, finding.places[0].sentence) == (
        [],
        "not_text",
        "This row cannot be written as JSON: Object of type bytes is not JSON serializable.",
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_rows_that_wait_take_bounded_memory_whatever_is_not_taken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**pair, "page": f"{number}" * 40_000} for number, pair in enumerate(PAIRS)]
    if name == "a.parquet":
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / name)
    else:
        table = "question,answer,page\n" + "".join(",".join(row.values()) + "\n" for row in rows)
        put(tmp_path / name, jsonl(rows) if name == "a.jsonl" else table)
    monkeypatch.setattr(pipeline, "BATCH_BYTES", 100_000)
    batches: list[int] = []
    finish = pipeline.Pipeline._finish_batch

    def counted(self: pipeline.Pipeline) -> None:
        batches.append(len(self._batch))
        finish(self)

    monkeypatch.setattr(pipeline.Pipeline, "_finish_batch", counted)
    import_rows(tmp_path / name)

    assert batches == [3, 3, 0]


def test_many_findings_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    outcome, _ = import_rows(put(tmp_path / "a.jsonl", jsonl(PAIRS) + b"{\n" * 5000))
    (finding,) = outcome.tally.findings()

    assert (finding.count, len(finding.places), finding.places[-1].line) == (5000, SHOWN_PLACES, 6 + SHOWN_PLACES)


@pytest.mark.parametrize(("choice", "kept"), [("keep", [0, 1, 0, 2, 0]), ("skip", [0, 1, 2])])
def test_equal_rows_are_kept_or_left_out(choice: Choice, kept: list[int], tmp_path: Path) -> None:
    rows: list[Any] = [PAIRS[0], PAIRS[1], {**PAIRS[0], "id": 7}, PAIRS[2], PAIRS[0]]
    outcome, taken = import_rows(put(tmp_path / "a.jsonl", jsonl(rows)), choices={"duplicate": choice})

    assert [row for _, row in taken] == written(kept)
    (finding,) = outcome.tally.findings()
    assert [(place.line, place.sentence) for place in finding.places] == [
        (3, "This row is equal to that in a.jsonl, line 1."),
        (5, "This row is equal to that in a.jsonl, line 1."),
    ]


def test_a_row_in_training_and_validation_leaves_validation(tmp_path: Path) -> None:
    put(tmp_path / "valid.jsonl", jsonl([PAIRS[4], PAIRS[1]]))
    put(tmp_path / "train.jsonl", jsonl(PAIRS[:3]))
    outcome, rows = import_rows(tmp_path, choices={"overlap": "skip"})

    assert rows == [("train", it) for it in written([0, 1, 2])] + [("valid", written([4])[0])]
    (finding,) = outcome.tally.findings()
    assert [place.sentence for place in finding.places] == [
        "This row, for validation, stands in train.jsonl, line 2 too, for train."
    ]


def test_files_that_name_no_split_are_for_training(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", jsonl(PAIRS[:1]))
    put(tmp_path / "b_test.jsonl", jsonl(PAIRS[1:2]))
    only = put(tmp_path / "only" / "test.jsonl", jsonl(PAIRS[:1]))

    assert [split for split, _ in import_rows(tmp_path, ImportPlan(files=["a.jsonl", "b_test.jsonl"]))[1]] == [
        "train",
        "test",
    ]
    assert [split for split, _ in import_rows(only)[1]] == ["train"]


def test_a_plan_to_divide_pools_the_files(tmp_path: Path) -> None:
    put(tmp_path / "train.jsonl", jsonl(PAIRS[:3]))
    put(tmp_path / "test.jsonl", jsonl(PAIRS[2:]))
    outcome, rows = import_rows(tmp_path, ImportPlan(split=SplitPlan()))

    assert {split for split, _ in rows} == {"train"}
    assert list(outcome.tally.counts) == ["duplicate"]


def test_rows_that_rules_change_are_counted(tmp_path: Path) -> None:
    rules = [TextRule(kind="replace", find="What", replace="Which"), TextRule(kind="strip")]
    outcome, rows = import_rows(put(tmp_path / "a.jsonl", jsonl(PAIRS)), ImportPlan(rules=rules))

    assert rows[0][1]["prompt"] == "Which is 0 and 1?"
    assert outcome.changed_by_rules == {0: 6}


def test_files_are_chosen_by_name(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", jsonl(PAIRS))
    put(tmp_path / "b.xlsx", "x")
    found = sources_at(tmp_path)

    assert [it.file.name for it in chosen_sources(found, None)] == ["a.jsonl"]
    with pytest.raises(FieldError, match="There is no file 'c' in this import"):
        chosen_sources(found, ["c"])
    with pytest.raises(SourceRefused, match=r"b\.xlsx: This is a workbook"):
        chosen_sources(found, ["b.xlsx"])
    with pytest.raises(SourceRefused, match=r"There is nothing here that could be read\. b\.xlsx: This is a workbook"):
        chosen_sources(found[1:], None)


def test_a_look_shows_rows_as_they_stand_and_as_they_would_be_written(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "Question,Answer,topic\nWhy?,So.,x\nHow?,,y\n")
    seen = look(sources_at(path), None)

    assert seen.sentence == (
        "Question and answer: instruction from Question, output from Answer. "
        "Written as prompt and completion. Not taken: topic."
    )
    assert [row.model_dump() for row in seen.rows] == [
        {
            "file": "a.csv",
            "line": 2,
            "source": {"Question": "Why?", "Answer": "So.", "topic": "x"},
            "row": {"prompt": "Why?", "completion": "So."},
            "shortened": False,
            "problem": None,
        },
        {
            "file": "a.csv",
            "line": 3,
            "source": {"Question": "How?", "Answer": "", "topic": "y"},
            "row": None,
            "shortened": False,
            "problem": "Answer is empty.",
        },
    ]
    corrected = look(sources_at(path), Mapping(shape="text", columns={"text": "topic"}))
    assert [row.row for row in corrected.rows] == [{"text": "x"}, {"text": "y"}]


def test_a_look_at_what_nobody_knows_asks_for_its_meaning(tmp_path: Path) -> None:
    seen = look(sources_at(put(tmp_path / "a.csv", "a,b\n1,2\n")), None)

    assert (seen.mapping, seen.rows[0].row, seen.rows[0].source) == (None, None, {"a": "1", "b": "2"})
    assert seen.sentence.startswith("What these columns mean is not known.")


def test_a_look_at_plain_text_offers_the_ways_to_cut_it(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", "One.\nTwo.\n\nThree.\n")
    by_line = look(sources_at(path), Mapping(shape="text", columns={"text": "line"}))

    assert [column.name for column in by_line.columns] == ["paragraph", "line", "document"]
    assert [row.row for row in by_line.rows] == [{"text": "One."}, {"text": "Two."}, {"text": "Three."}]
    assert by_line.sentence == "Plain text: each line becomes a row."


def test_a_column_that_is_called_as_a_piece_of_text_is_a_column(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", jsonl([{"document": "One.", "summary": "1"}]))

    assert look(sources_at(path), None).sentence.endswith("text from document. Written as text. Not taken: summary.")


def test_a_look_says_which_rows_it_shows_cut(tmp_path: Path) -> None:
    rows = [{"text": "a" * LONGEST_SHOWN}, {"text": "a" * (LONGEST_SHOWN + 1)}]
    shown = look(sources_at(put(tmp_path / "a.jsonl", jsonl(rows))), None).rows

    assert [row.shortened for row in shown] == [False, True]


def test_a_look_reads_the_beginning_only_and_takes_no_cut_for_a_defect(tmp_path: Path) -> None:
    rows = [{"text": f"{number} " + "word " * 20_000} for number in range(100)]
    for name, content in {"a.jsonl": jsonl(rows), "b.jsonl": b'{"text": "' + b"a" * (5 << 20)}.items():
        seen = look(sources_at(put(tmp_path / name, content)), None)
        assert [row.problem for row in seen.rows] == [None] * len(seen.rows)
    assert seen.sentence == "No row could be read from the beginning of this data."


def test_a_look_shows_what_json_cannot_hold_as_words(tmp_path: Path) -> None:
    line = '{"text": "a", "n": NaN, "big": 123456789012345678901234567890, "deep": ' + "[" * 40 + "]" * 40 + "}"
    (row,) = look(sources_at(put(tmp_path / "a.jsonl", line + "\n")), None).rows

    assert (row.source["n"], row.source["big"]) == ("nan", "123456789012345678901234567890")
    assert "..." in str(row.source["deep"])

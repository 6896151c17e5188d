"""The committed starter data set: what it teaches, and that its splits keep apart."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from scripts.starter import build, starter_data
from scripts.starter.grammar import Row

DATA = Path(__file__).resolve().parents[2] / "artifacts/datasets/starter"
SPLITS = ("train", "valid", "test")


@pytest.fixture(scope="module")
def pretraining() -> list[Row]:
    return build.pretraining_rows(build.ROWS) + build.second_rows(build.SECOND_ROWS)


def rows(split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]


def questions(split: str) -> set[str]:
    """Letters and digits only: case and punctuation make no new question."""
    return {plain(row["messages"][0]["content"]) for row in rows(split)}


def plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def test_there_are_a_few_hundred_examples_in_three_splits() -> None:
    assert {split: len(rows(split)) for split in SPLITS} == {"train": 434, "valid": 30, "test": 30}


def test_every_answer_is_in_the_voice() -> None:
    for split in SPLITS:
        for row in rows(split):
            assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
            answer = row["messages"][1]["content"]
            assert answer.startswith("Roger. ")
            assert answer.endswith(" Over.")


def test_no_question_is_in_two_splits() -> None:
    for one, other in combinations(SPLITS, 2):
        assert not questions(one) & questions(other)


def test_no_test_question_is_in_the_text_that_the_base_model_was_trained_on(pretraining: list[Row]) -> None:
    read = {plain(m["content"]) for row in pretraining for m in row if m["role"] == "user"}
    assert not questions("test") & read


def test_the_base_model_has_read_neither_the_voice_nor_a_new_fact(pretraining: list[Row]) -> None:
    text = "\n".join(m["content"] for row in pretraining for m in row).lower()
    words = set("".join(c if c.isalpha() else " " for c in text).split())
    assert not {word.lower() for word in starter_data.VOICE} & words
    for entity, name in starter_data.NEW_FACTS:
        assert entity.values[name].lower() not in text
        assert entity.aliases[1].lower() not in text


def test_every_new_fact_is_taught_in_several_wordings_and_asked_in_another() -> None:
    splits = starter_data.build()
    for entity, name in starter_data.NEW_FACTS:
        counts = {s: sum(e.kind == "new" and e.expected == entity.values[name] for e in splits[s]) for s in SPLITS}
        assert counts["train"] >= 12
        assert (counts["valid"], counts["test"]) == (1, 1)


def test_the_card_shows_questions_of_the_test_split_only() -> None:
    card = json.loads((DATA / "dataset.json").read_text(encoding="utf-8"))
    asked = {row["messages"][0]["content"]: row["messages"][1]["content"] for row in rows("test")}
    assert set(card["examples"]) <= set(asked)
    for shown in card["shows"]["facts"] + card["shows"]["kept"]:
        assert shown["answer_contains"] in asked[shown["prompt"]]
    assert card["shows"]["voice"] == ["Roger", "Over"]

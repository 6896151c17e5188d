"""The library of data sets, and what the REST API says of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.datasets.library import DataFiles, DataNotFound, DatasetLibrary
from backend.datasets.routes import router
from backend.problems import answer_problems
from backend.settings import Settings
from tests.closed_files import make_unreadable, unreadable_because

SUGGESTED = {
    "iterations": 100,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "max_seq_length": 128,
    "steps_per_report": 5,
    "steps_per_eval": 20,
    "save_every": 50,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def library(settings: Settings) -> DatasetLibrary:
    return DatasetLibrary(settings)


def make_data(folder: Path, card: Any = None, **splits: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True)
    for split, rows in splits.items():
        (folder / f"{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    if card is not None:
        (folder / "dataset.json").write_text(card if isinstance(card, str) else json.dumps(card))
    return folder


def pairs(count: int) -> list[dict[str, Any]]:
    return [{"prompt": f"question {number}", "completion": f"answer {number}"} for number in range(count)]


def files_of(folder: Path) -> dict[str, float]:
    states = [file.stat() for file in folder.iterdir()]
    return {"bytes": sum(it.st_size for it in states), "created_at": max(it.st_mtime for it in states)}


def test_data_sets_are_listed_with_what_their_cards_say(settings: Settings, library: DatasetLibrary) -> None:
    card = {"description": "Sums", "suggested": {"tiny": SUGGESTED}, "examples": ["1+1?"]}
    full = make_data(settings.datasets / "sums", card, train=pairs(3), valid=pairs(2), test=pairs(1))
    plain = make_data(settings.datasets / "texts", train=[{"text": "a"}])

    assert [dataset.model_dump() for dataset in library.list()] == [
        {
            "name": "sums",
            "path": str(full),
            "description": "Sums",
            "format": "prompt_completion",
            "rows": {"train": 3, "valid": 2, "test": 1},
            "suggested": {"tiny": SUGGESTED},
            "examples": ["1+1?"],
            **files_of(full),
            "source": None,
            "done": [],
            "problem": None,
        },
        {
            "name": "texts",
            "path": str(plain),
            "description": None,
            "format": "text",
            "rows": {"train": 1},
            "suggested": {},
            "examples": [],
            **files_of(plain),
            "source": None,
            "done": [],
            "problem": None,
        },
    ]


def test_data_that_cannot_be_used_is_listed_with_its_problem(settings: Settings, library: DatasetLibrary) -> None:
    root = settings.datasets
    make_data(root / "broken").joinpath("train.jsonl").write_text('{"text": "a"}\n{')
    make_data(root / "card", "{", train=pairs(1))
    make_data(root / "fields", {"suggested": {"tiny": {"iterations": "many"}}}, train=pairs(1))
    make_data(root / "no-train", valid=pairs(1))
    make_data(root / "bad name", train=pairs(1))
    make_data(root / ".hidden")

    problems = {dataset.name: dataset.problem or "" for dataset in library.list()}

    assert list(problems) == ["bad name", "broken", "card", "fields", "no-train"]
    assert problems["bad name"].startswith("Rename the folder 'bad name'")
    assert problems["broken"].startswith("train.jsonl, line 2: not valid JSON")
    assert problems["card"].startswith("dataset.json of card is not valid JSON")
    assert problems["fields"].startswith("dataset.json of fields: tiny.iterations: ")
    assert problems["no-train"] == "no-train has no train.jsonl; a data folder needs one."


def test_one_bad_folder_leaves_the_others_listed(settings: Settings, client: TestClient) -> None:
    root = settings.datasets
    make_data(root / "good", train=pairs(1))
    make_data(root / "long-number").joinpath("train.jsonl").write_text('{"text": "a", "id": ' + "1" * 5000 + "}")
    make_data(root / "deep-card", "[" * 100_000, train=pairs(1))
    make_data(root / "half", '{"description": "\\ud83d"}', train=pairs(1))
    make_unreadable(make_data(root / "closed-card", train=pairs(1)) / "dataset.json")
    make_unreadable(make_data(root / "closed") / "train.jsonl")

    answer = client.get("/api/datasets")

    assert {dataset["name"]: dataset["problem"] for dataset in answer.json()} == {
        "closed": f"{root}/closed/train.jsonl cannot be read: {unreadable_because()}.",
        "closed-card": f"dataset.json of closed-card is not readable: {unreadable_because()}.",
        "deep-card": "dataset.json of deep-card is nested too deeply.",
        "good": None,
        "half": "dataset.json of half is not valid Unicode: half of a character (a lone surrogate) in the text.",
        "long-number": "train.jsonl, line 1: this is not usable: a whole number in it has thousands of digits.",
    }


def test_a_changed_file_is_read_anew(settings: Settings, library: DatasetLibrary) -> None:
    folder = make_data(settings.datasets / "sums", train=pairs(3))
    before = library.list()[0].rows

    (folder / "train.jsonl").write_text('{"text": "longer than it was before, and of another format"}\n' * 9)

    assert (before, library.list()[0].rows, library.list()[0].format) == ({"train": 3}, {"train": 9}, "text")


def test_a_run_finds_its_files(settings: Settings, library: DatasetLibrary, tmp_path: Path) -> None:
    inside = make_data(settings.datasets / "sums", train=pairs(1), valid=pairs(1), test=pairs(1))
    outside = make_data(tmp_path / "mine", train=pairs(1))
    single = outside / "other.jsonl"
    single.write_text('{"text": "a"}')

    whole = DataFiles(inside / "train.jsonl", inside / "valid.jsonl", inside / "test.jsonl", "sums")
    assert library.resolve("sums", None) == whole
    assert library.resolve(str(inside), None) == whole
    assert library.resolve("artifacts/datasets/sums", None) == whole
    assert library.resolve(str(outside), None) == DataFiles(outside / "train.jsonl", None, None, "mine")
    assert library.resolve(str(outside), "sums").valid == inside / "valid.jsonl"
    assert library.resolve(str(outside), str(single)).valid == single
    assert library.resolve(str(single), None) == DataFiles(single, None, None, "other")
    assert library.resolve(str(outside / "train.jsonl"), None).name == "mine"


@pytest.mark.parametrize(
    ("train", "valid", "field", "sentence"),
    [
        ("nothing", None, "train_data_path", "There is no data 'nothing': neither in the library nor a file"),
        ("", None, "train_data_path", "There is no data ''"),
        ("x" * 5000, None, "train_data_path", "There is no data 'xxx"),
        ("a\0b", None, "train_data_path", "There is no data 'a\0b'"),
        ("~no-such-user/x", None, "train_data_path", "There is no data '~no-such-user/x'"),
        ("../sums", None, "train_data_path", "There is no data '../sums'"),
        ("untrained", None, "train_data_path", "has no train.jsonl; a data folder needs one"),
        ("sums", "nothing", "val_data_path", "There is no data 'nothing'"),
        ("sums", "sums", "val_data_path", "has no valid.jsonl; name a JSONL file to validate on"),
    ],
)
def test_data_that_is_not_there_is_refused_on_its_field(
    train: str, valid: str | None, field: str, sentence: str, settings: Settings, library: DatasetLibrary
) -> None:
    make_data(settings.datasets / "sums", train=pairs(1))
    make_data(settings.datasets / "untrained", valid=pairs(1))

    with pytest.raises(DataNotFound) as refused:
        library.resolve(train, valid)

    assert sentence in refused.value.detail
    assert ([it["field"] for it in refused.value.fields], refused.value.status_code) == ([field], 400)


@pytest.mark.parametrize("name", ["../elsewhere", "..", "sums/../sums", "nothing"])
def test_only_data_of_the_library_is_previewed(name: str, settings: Settings, library: DatasetLibrary) -> None:
    make_data(settings.datasets / "sums", train=pairs(1))
    make_data(settings.artifacts / "elsewhere", train=pairs(1))

    with pytest.raises(DataNotFound) as refused:
        library.preview(name, "train", 0, 1)

    assert refused.value.status_code == 404


@pytest.fixture
def client(settings: Settings, library: DatasetLibrary) -> TestClient:
    app = FastAPI()
    answer_problems(app)
    app.include_router(router, prefix="/api")
    app.state.datasets = library
    return TestClient(app)


def test_the_api_lists_and_previews(client: TestClient, settings: Settings, library: DatasetLibrary) -> None:
    make_data(settings.datasets / "sums", train=pairs(5), test=[{"messages": [{"role": "assistant", "content": "x"}]}])

    assert client.get("/api/datasets").json() == [dataset.model_dump() for dataset in library.list()]
    assert client.get("/api/datasets/sums/preview?offset=3&limit=1").json() == {
        "name": "sums",
        "split": "train",
        "total": 5,
        "rows": [{"row": pairs(5)[3], "prompt": "question 3", "answer": "answer 3"}],
    }
    assert client.get("/api/datasets/sums/preview?split=test").json()["rows"] == [
        {"row": {"messages": [{"role": "assistant", "content": "x"}]}, "prompt": None, "answer": "x"}
    ]
    assert client.get("/api/datasets/sums/preview?offset=99").json()["rows"] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("nothing/preview", 404),
        ("..%2Fdatasets/preview", 404),
        ("sums/preview?split=valid", 404),
        ("sums/preview?split=all", 422),
        ("sums/preview?offset=-1", 422),
        ("sums/preview?limit=0", 422),
    ],
)
def test_a_preview_that_cannot_be_is_refused_in_words(
    address: str, status: int, client: TestClient, settings: Settings
) -> None:
    make_data(settings.datasets / "sums", train=pairs(1))

    answer = client.get(f"/api/datasets/{address}")

    assert answer.status_code == status
    assert set(answer.json()) >= {"detail", "code"}

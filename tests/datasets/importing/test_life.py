"""From a file to a data set by the real worker: whole or not at all, whatever happens on the way."""

import asyncio
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from backend.datasets.formats import read_numbered
from backend.datasets.importing.drafts import DraftRecord, DraftStore
from backend.datasets.importing.manager import ImportManager
from backend.datasets.importing.schemas import ImportPlan, ImportTask, Mapping, SplitPlan, WriteTarget
from backend.datasets.placing import sweep
from backend.jobs.manager import JobManager
from backend.jobs.schemas import JobRecord
from backend.jobs.store import JobStore
from backend.settings import VERSION
from tests.datasets.importing.conftest import Desk
from tests.datasets.importing.sources import PAIRS, jsonl, put
from tests.tiny_models import make_model

MANY = [{"prompt": f"question {number}", "completion": f"answer {number}"} for number in range(200_000)]
ROWS = [{"prompt": it["question"], "completion": it["answer"]} for it in PAIRS]


def rows_in(folder: Path) -> dict[str, list[Any]]:
    return {file.stem: [record for _, record, _ in read_numbered(file)] for file in sorted(folder.glob("*.jsonl"))}


async def test_a_table_becomes_a_data_set_that_says_where_it_comes_from(desk: Desk, tmp_path: Path) -> None:
    source = put(tmp_path / "faq.csv", "Q,A,topic\nWhy?,So.,x\nHow?,\0Thus.,y\nWho?,,y\n")
    draft = await desk.begin(source)
    mapping = {"shape": "instruction", "columns": {"instruction": "Q", "output": "A"}}

    report = await desk.check(draft, mapping=mapping)
    assert (report["ready"], report["rows_read"], report["rows_kept"]) == (False, 3, 1)
    assert [(it["kind"], it["count"], it["chosen"]) for it in report["findings"]] == [
        ("empty_field", 1, "stop"),
        ("control_characters", 1, "stop"),
    ]

    refused = await desk.write(draft, "faq", mapping=mapping)
    assert refused["state"] == "failed"
    assert refused["reason"].startswith(
        "faq.csv, line 3: U+0000 stands in completion, character 1. Nothing was written."
    )
    assert desk.tree == [f".imports/{draft}/draft.json", f".imports/{draft}/report.json"]

    choices = {"empty_field": "skip", "control_characters": "fix"}
    assert (await desk.check(draft, mapping=mapping, choices=choices))["ready"]
    assert (await desk.write(draft, "faq", mapping=mapping, choices=choices))["reason"] == "faq has 2 rows for train."

    assert desk.tree == ["datasets/faq/dataset.json", "datasets/faq/train.jsonl"]
    assert rows_in(desk.settings.datasets / "faq") == {
        "train": [{"prompt": "Why?", "completion": "So."}, {"prompt": "How?", "completion": "Thus."}]
    }
    (dataset,) = await desk.call("GET", "/datasets")
    assert dataset == await desk.call("GET", "/datasets/faq")
    assert (dataset["rows"], dataset["format"], dataset["problem"]) == ({"train": 2}, "prompt_completion", None)
    assert dataset["source"] == {
        "files": [
            {
                "name": "faq.csv",
                "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
                "bytes": source.stat().st_size,
            }
        ],
        "path": str(source),
    }
    assert dataset["done"] == [
        "Read as Q and a: instruction from Q and output from A.",
        "Not taken: topic.",
        "Control characters: 1 row, mended. They are removed; line breaks and tabs stay.",
        "A field is empty: 1 row, left out.",
        "In all 2 rows for train.",
    ]
    assert json.loads((desk.settings.datasets / "faq" / "dataset.json").read_text())["version"] == VERSION


async def test_rows_are_divided_as_the_check_said(desk: Desk, tmp_path: Path) -> None:
    rows = [{"text": f"row {number}", "source": number // 5} for number in range(1000)]
    plan: dict[str, Any] = {
        "split": {"valid_fraction": 0.1, "test_fraction": 0.05, "seed": 7, "group_column": "source"}
    }
    draft = await desk.begin(put(tmp_path / "a.jsonl", jsonl([*rows, *rows[:3]])))

    assert (await desk.check(draft, **plan))["splits"] == {"train": 853, "valid": 100, "test": 50}
    await desk.write(draft, "divided", **plan)

    folder = desk.settings.datasets / "divided"
    numbers = {split: [int(row["text"][4:]) for row in rows] for split, rows in rows_in(folder).items()}
    assert {split: len(rows) for split, rows in numbers.items()} == {"train": 853, "valid": 100, "test": 50}
    assert sorted(number for rows in numbers.values() for number in rows) == sorted([*range(1000), 0, 1, 2])
    groups = {split: {number // 5 for number in rows} for split, rows in numbers.items()}
    assert not (
        groups["train"] & groups["valid"] or groups["train"] & groups["test"] or groups["valid"] & groups["test"]
    )
    assert not list(folder.glob(".*"))

    draft = await desk.begin(put(tmp_path / "b.jsonl", jsonl([*rows, *rows[:3]])))
    await desk.write(draft, "again", **plan)
    assert rows_in(desk.settings.datasets / "again") == rows_in(folder)


async def test_rows_longer_than_the_context_are_counted_by_the_models_own_tokenizer(desk: Desk, tmp_path: Path) -> None:
    make_model(desk.settings.base_models / "tiny")
    rows = [{"text": "word " * count} for count in (3, 50, 4, 60)]
    draft = await desk.begin(put(tmp_path / "a.jsonl", jsonl(rows)))
    report = await desk.check(draft, model_name="tiny", max_seq_length=64)

    (finding,) = report["findings"]
    assert (finding["kind"], finding["count"], finding["chosen"], report["ready"]) == ("too_long", 2, "keep", True)
    assert [place["line"] for place in finding["places"]] == [2, 4]
    for plan in ({"model_name": "tiny"}, {"max_seq_length": 64}):
        answer = await desk.call("POST", f"/imports/{draft}/check", 400, json=plan)
        assert answer["detail"] == "To look for rows longer than the context, name a model and a length."
    answer = await desk.call("POST", f"/imports/{draft}/check", 400, json={"model_name": "no", "max_seq_length": 64})
    assert answer["fields"][0]["field"] == "model_name"


async def test_a_name_that_is_taken_is_refused_followed_by_a_number_or_replaced(desk: Desk, tmp_path: Path) -> None:
    old = put(desk.settings.datasets / "sums" / "train.jsonl", jsonl([{"text": "old"}])).parent
    drafts = [await desk.begin(put(tmp_path / "a.jsonl", jsonl(PAIRS))) for _ in range(3)]

    answer = await desk.call("POST", f"/imports/{drafts[0]}/write", 409, json={"name": "sums"})
    assert answer["fields"][0]["field"] == "name"
    assert (await desk.write(drafts[0], "sums", "new_name"))["reason"] == "sums-2 has 6 rows for train."
    assert rows_in(old) == {"train": [{"text": "old"}]}
    assert (await desk.write(drafts[1], "sums", "replace"))["state"] == "completed"
    assert rows_in(old) == rows_in(desk.settings.datasets / "sums-2") == {"train": ROWS}

    desk.library.in_use = lambda folder: "session-7" if folder == old else None
    answer = await desk.call(
        "POST", f"/imports/{drafts[2]}/write", 409, json={"name": "sums", "on_existing": "replace"}
    )
    assert answer["detail"] == "The data set sums is read by session session-7, which waits or trains; stop it first."


async def test_a_job_that_is_cancelled_leaves_nothing_and_the_draft_can_be_written_again(
    desk: Desk, tmp_path: Path
) -> None:
    draft = await desk.begin(put(tmp_path / "a.jsonl", jsonl(MANY)))
    job = await desk.call("POST", f"/imports/{draft}/write", 201, json={"name": "many"})
    async with asyncio.timeout(60):
        while not (desk.settings.datasets / ".making-many" / "train.jsonl").exists():
            await asyncio.sleep(0.01)
    busy = await desk.call("DELETE", f"/imports/{draft}", 409)
    assert busy["detail"] == "A job works on this import; wait for it, or cancel it first."
    await desk.call("POST", f"/jobs/{job['id']}/cancel")

    assert (await desk.ended(job))["state"] == "cancelled"
    assert desk.tree == [f".imports/{draft}/draft.json"]
    assert (await desk.write(draft, "many"))["state"] == "completed"
    assert rows_in(desk.settings.datasets / "many")["train"] == MANY


async def test_a_worker_that_is_killed_leaves_nothing_that_looks_like_data(desk: Desk, tmp_path: Path) -> None:
    draft = await desk.begin(put(tmp_path / "a.jsonl", jsonl(MANY)))
    job = await desk.call("POST", f"/imports/{draft}/write", 201, json={"name": "many"})
    async with asyncio.timeout(60):
        while not (desk.settings.datasets / ".making-many" / "train.jsonl").exists():
            await asyncio.sleep(0.01)
    spawned = (await desk.call("GET", f"/jobs/{job['id']}/events"))[1]
    os.kill(spawned["pid"], signal.SIGKILL)

    assert (await desk.ended(job))["state"] == "failed"
    assert await desk.call("GET", "/datasets") == []
    ImportManager(desk.settings, JobManager(desk.settings), desk.library, Path).start()
    assert desk.tree == [f".imports/{draft}/draft.json"]


def test_what_a_server_left_half_done_is_put_right(tmp_path: Path) -> None:
    for name in (".making-a", ".making-busy", ".replaced-b", ".replaced-c", "c", ".deleted-d-1", "e"):
        put(tmp_path / name / "train.jsonl", "{}\n")
    sweep(tmp_path, {"busy"})

    assert sorted(folder.name for folder in tmp_path.iterdir()) == [".making-busy", "b", "c", "e"]


async def test_a_source_that_changes_while_it_is_read_is_not_written(desk: Desk, tmp_path: Path) -> None:
    source = put(tmp_path / "a.jsonl", jsonl(MANY))
    draft = await desk.begin(source)
    job = await desk.call("POST", f"/imports/{draft}/write", 201, json={"name": "many"})
    async with asyncio.timeout(60):
        while not (desk.settings.datasets / ".making-many" / "train.jsonl").exists():
            await asyncio.sleep(0.01)
    with source.open("a") as file:
        file.write('{"prompt": "more", "completion": "more"}\n')

    ended = await desk.ended(job)
    assert (ended["state"], ended["reason"]) == (
        "failed",
        "The source has changed while it was read. Nothing was written; write it again.",
    )
    assert await desk.call("GET", "/datasets") == []


def work_on(path: Path, home: Path, write: bool, limits: dict[int, int] | None = None, **plan: Any) -> tuple[str, int]:
    """What the worker says in the end, and its peak memory in MB."""
    drafts, jobs = DraftStore(home / "imports"), JobStore(home / "jobs")
    draft_id = drafts.create(DraftRecord(created_at=0, origin="path", path=path))
    target = WriteTarget(datasets=home / "datasets", name="made", on_existing="refuse") if write else None
    task = ImportTask(draft_id=draft_id, draft_folder=drafts.folder(draft_id), plan=ImportPlan(**plan), write=target)
    job_id = jobs.create(JobRecord(kind="import", title="made", settings=task.model_dump(mode="json")))

    def limit() -> None:
        for kind, value in (limits or {}).items():
            resource.setrlimit(kind, (value, value))

    lines = (
        "import resource, runpy, sys; sys.argv = sys.argv[1:]\n"
        "import os; end = os._exit\n"
        "def say(code): print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True); end(code)\n"
        "os._exit = say\n"
        "runpy.run_module('backend.workers.import_data', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", lines, "worker", str(jobs.folder(job_id))],
        input=b"go\n",
        capture_output=True,
        preexec_fn=limit,
        check=False,
    )
    peak = int(done.stdout.split()[-1])
    return jobs.get(job_id).reason or done.stderr.decode(), peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def test_a_disk_that_is_full_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    source = put(tmp_path / "a.jsonl", jsonl(MANY[:20_000]))
    reason, _ = work_on(source, tmp_path / "home", write=True, limits={resource.RLIMIT_FSIZE: 100_000})

    assert reason.startswith("A file could not be read or written: File too large")
    assert list((tmp_path / "home" / "datasets").iterdir()) == []


def line_of_a(file: IO[bytes]) -> None:
    file.write(b'{"text": "')
    file.writelines(b"a" * (1 << 20) for _ in range(200))


def list_on_one_line(file: IO[bytes]) -> None:
    file.write(b'[{"text": "a"}')
    file.writelines(b', {"text": "a"}' * 7_000 for _ in range(20))


def brackets(file: IO[bytes]) -> None:
    file.writelines(b"[" * (1 << 20) for _ in range(10))


def zeros(file: IO[bytes]) -> None:
    file.writelines(b"\0" * (1 << 20) for _ in range(200))


def open_quotation(file: IO[bytes]) -> None:
    file.write(b'text,b\n1,"')
    file.writelines(b"words and words " * 100_000 + b"\n" for _ in range(30))


@pytest.mark.serial
@pytest.mark.parametrize(
    ("make", "name", "says"),
    [
        (line_of_a, "a.jsonl", "1 row read. A choice is needed for a line too long to read (1)."),
        (line_of_a, "a.json", "1 row read. A choice is needed for a line too long to read (1)."),
        (list_on_one_line, "a.json", "140,002 rows read. A choice is needed for a file that ends too early (1)."),
        (brackets, "a.json", "A choice is needed for "),
        (zeros, "a.jsonl", "1 row read. A choice is needed for a line too long to read (1)."),
        (open_quotation, "a.csv", "A choice is needed for "),
    ],
)
def test_hostile_files_take_bounded_memory_and_end_in_words(
    make: Callable[[IO[bytes]], None], name: str, says: str, tmp_path: Path
) -> None:
    with (tmp_path / name).open("wb") as file:
        make(file)
    mapping = Mapping(shape="text", columns={"text": "text"})
    reason, peak_mb = work_on(tmp_path / name, tmp_path / "home", write=False, mapping=mapping)

    assert says in reason
    assert peak_mb < 300


@pytest.mark.serial
def test_a_million_rows_take_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        file.writelines(f'{{"text": "{number}"}}\n' for number in range(1_000_000))
    small, few_mb = work_on(put(tmp_path / "b.jsonl", jsonl([{"text": "a"}])), tmp_path / "few", write=True)
    reason, peak_mb = work_on(
        path, tmp_path / "many", write=True, split=SplitPlan(valid_fraction=0.1, test_fraction=0.1, seed=1)
    )

    assert reason == "made has 800,000 rows for train, 100,000 for validation and 100,000 for test."
    assert small == "made has 1 row for train."
    assert peak_mb - few_mb < 150

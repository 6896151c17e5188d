"""Bringing data in over REST, and what is refused there."""

import gzip
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.datasets.importing.conftest import Desk
from tests.datasets.importing.sources import PAIRS, jsonl, put

AS_TEXT = {"shape": "text", "columns": {"text": "text"}}


async def test_files_are_uploaded_one_by_one_looked_at_and_thrown_away(desk: Desk) -> None:
    draft = await desk.call("POST", "/imports", 201, json={"name": "Sums of mine"})
    assert (draft["origin"], draft["suggested_name"], draft["files"]) == ("upload", "Sums-of-mine", [])
    for name in ("train.jsonl", "more/test.jsonl", "train.jsonl"):
        draft = await desk.call("PUT", f"/imports/{draft['id']}/files/{name}", content=jsonl(PAIRS))

    assert [(it["name"], it["split"], it["bytes"]) for it in draft["files"]] == [
        ("more/test.jsonl", "test", len(jsonl(PAIRS))),
        ("train.jsonl", "train", len(jsonl(PAIRS))),
    ]
    assert await desk.call("GET", "/imports") == [draft]
    look = await desk.call("POST", f"/imports/{draft['id']}/look", json={"files": ["train.jsonl"]})
    assert (look["format_name"], look["rows_looked_at"]) == ("Question and answer", 6)
    assert [it["shape"] for it in look["shapes"]] == [
        *("text", "conversation", "instruction", "completion", "preference", "grpo")
    ]
    assert (await desk.call("GET", f"/imports/{draft['id']}/report", 404))["code"] == "no_report"

    await desk.call("DELETE", f"/imports/{draft['id']}", 204)
    assert desk.tree == []
    assert (await desk.call("GET", f"/imports/{draft['id']}", 404))["code"] == "import_not_found"


@pytest.mark.parametrize(
    "name", ["../x.jsonl", "..%2Fx.jsonl", "/x.jsonl", "a/%2e%2e/%2e%2e/x", ".draft", "a%00b", "a\\b"]
)
async def test_an_upload_stays_in_its_draft(name: str, desk: Desk) -> None:
    draft = await desk.call("POST", "/imports", 201, json={})
    answer = await desk.client.put(f"/api/imports/{draft['id']}/files/{name}", content=b"{}")

    assert answer.status_code in (400, 404, 405)
    assert [it for it in desk.tree if not it.endswith("draft.json")] == []


async def test_an_upload_that_breaks_off_leaves_no_file(desk: Desk) -> None:
    draft = await desk.call("POST", "/imports", 201, json={})

    came = iter([{"type": "http.request", "body": b'{"text": ', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(came)

    async def send(message: Any) -> None:
        answers.append(message)

    answers: list[Any] = []
    path = f"/api/imports/{draft['id']}/files/a.jsonl"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": [], "query_string": b""}
    await desk.app(scope, receive, send)

    assert b"The upload was broken off" in answers[-1]["body"]
    assert desk.tree == [f".imports/{draft['id']}/draft.json"]


async def test_a_file_and_a_folder_cannot_have_one_name(desk: Desk) -> None:
    draft = await desk.call("POST", "/imports", 201, json={})
    files = f"/imports/{draft['id']}/files"
    await desk.call("PUT", f"{files}/a/b.jsonl", content=b"{}\n")

    assert "is a folder" in (await desk.call("PUT", f"{files}/a", 400, content=b"{}"))["detail"]
    assert "is a file" in (await desk.call("PUT", f"{files}/a/b.jsonl/c", 400, content=b"{}"))["detail"]


@pytest.mark.parametrize(
    ("text", "name", "file", "kind"),
    [
        ('{"text": "a"}\n', None, "pasted.jsonl", "jsonl"),
        ('[{"text": "a"}]', "My data", "My-data.json", "json"),
        ("Q;A\nWhy?;So.\n", "faq.csv", "faq.csv", "csv"),
        ("Once.\n\nTwice.", None, "pasted.txt", "text"),
    ],
)
async def test_text_is_pasted_as_what_it_is(text: str, name: str | None, file: str, kind: str, desk: Desk) -> None:
    draft = await desk.call("POST", "/imports", 201, json={"text": text, "name": name})

    assert [(it["name"], it["kind"]) for it in draft["files"]] == [(file, kind)]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"text": "  "}, 400, "There is no text."),
        ({"text": "a\ud83d"}, 422, "'text': input should be a valid string"),
        ({"text": "a", "name": "../x.txt"}, 400, "would lead out of the folder"),
        ({"text": "a", "path": "b"}, 400, "Give a path or text, not both."),
        ({"path": "nowhere"}, 400, "There is nothing at nowhere."),
        ({"path": ""}, 400, "There is nothing at ."),
        ({"path": "a\0b"}, 400, "There is nothing at a"),
        ({"path": "/dev/zero"}, 400, "/dev/zero is neither a file nor a folder."),
        ({"file": "x"}, 422, "There is no field 'file'"),
    ],
)
async def test_what_cannot_be_begun_is_refused_in_words(body: Any, status: int, sentence: str, desk: Desk) -> None:
    answer = await desk.call(
        "POST", "/imports", status, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert sentence in answer["detail"]
    assert desk.tree == []


@pytest.mark.parametrize(
    ("plan", "status", "field"),
    [
        ({"mapping": {"shape": "text", "columns": {}}}, 400, "mapping"),
        ({"mapping": {"shape": "poem", "columns": {}}}, 422, "mapping.shape"),
        ({"choices": {"bad_json": "keep"}}, 400, "choices.bad_json"),
        ({"choices": {"ugly": "skip"}}, 422, "choices.ugly.[key]"),
        ({"split": {"valid_fraction": 0.6, "test_fraction": 0.4}}, 422, "split"),
        ({"split": {"valid_fraction": -1}}, 422, "split.valid_fraction"),
        ({"rules": [{"kind": "replace"}]}, 422, "rules.0"),
        ({"files": ["x"]}, 400, "files"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_a_plan_that_cannot_be_followed_is_refused_before_any_job(
    plan: Any, status: int, field: str, desk: Desk, tmp_path: Path
) -> None:
    draft = await desk.begin(put(tmp_path / "a.jsonl", jsonl(PAIRS)))
    answer = await desk.call("POST", f"/imports/{draft}/check", status, json=plan)

    assert [it["field"] for it in answer["fields"]] == [field]
    assert desk.jobs.jobs() == []


async def test_a_source_that_is_gone_is_said_by_its_draft(desk: Desk, tmp_path: Path) -> None:
    source = put(tmp_path / "a.jsonl", jsonl(PAIRS))
    draft = await desk.begin(source)
    source.unlink()

    assert (await desk.call("GET", f"/imports/{draft}"))["problem"] == f"There is nothing at {source} any more."
    assert (await desk.call("POST", f"/imports/{draft}/look", 400, json={}))["code"] == "bad_source"


async def test_a_check_does_not_outlive_the_files_that_it_read(desk: Desk) -> None:
    draft = (await desk.call("POST", "/imports", 201, json={}))["id"]
    files = f"/imports/{draft}/files"
    await desk.call("PUT", f"{files}/train.jsonl", content=jsonl(PAIRS))
    assert (await desk.check(draft))["rows_read"] == 6

    more = await desk.call("PUT", f"{files}/more.jsonl", content=jsonl(PAIRS))
    assert more["check_job"] is None
    assert (await desk.call("GET", f"/imports/{draft}/report", 404))["code"] == "no_report"
    assert (await desk.check(draft))["rows_read"] == 12


async def test_no_job_begins_while_a_file_is_on_its_way(desk: Desk) -> None:
    draft = (await desk.call("POST", "/imports", 201, json={}))["id"]
    await desk.call("PUT", f"/imports/{draft}/files/train.jsonl", content=jsonl(PAIRS))

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"text": '
        for work, body in (("check", {}), ("write", {"name": "sums"})):
            answer = await desk.call("POST", f"/imports/{draft}/{work}", 409, json=body)
            assert answer["detail"] == "A file is on its way into this import; wait for it, or cancel it first."
        yield b'"a"}\n'

    await desk.app.state.imports.upload(draft, "more.jsonl", slow())
    assert (await desk.check(draft, mapping=AS_TEXT, choices={"missing_field": "skip"}))["rows_kept"] == 1


async def test_data_nobody_knows_is_asked_about_and_not_guessed(desk: Desk, tmp_path: Path) -> None:
    draft = await desk.begin(put(tmp_path / "a.csv", "x,y\n1,2\n"))
    job = await desk.ended(await desk.call("POST", f"/imports/{draft}/check", 201, json={}))

    assert job["state"] == "failed"
    assert job["reason"].startswith("What the columns of this data mean is not known; they are x, y.")


async def test_one_request_uploads_and_writes(desk: Desk) -> None:
    files = [
        ("files", ("train.jsonl", jsonl(PAIRS[:4]))),
        ("files", ("valid.jsonl.gz", gzip.compress(jsonl(PAIRS[4:])))),
    ]
    job = await desk.call("POST", "/datasets", 201, data={"name": "sums"}, files=files)

    assert (await desk.ended(job))["reason"] == "sums has 4 rows for train and 2 for validation."
    assert (await desk.call("GET", "/datasets/sums"))["rows"] == {"train": 4, "valid": 2}
    assert await desk.call("GET", "/imports") == []
    preview = await desk.call("GET", "/datasets/sums/preview?split=valid&offset=1")
    assert preview["rows"][0]["prompt"] == PAIRS[5]["question"]


async def test_one_request_stops_at_what_is_doubtful_and_keeps_the_draft(desk: Desk) -> None:
    files = [("files", ("a.jsonl", jsonl(PAIRS) + b"{\n"))]
    job = await desk.ended(await desk.call("POST", "/datasets", 201, data={"name": "sums"}, files=files))

    assert job["state"] == "failed" and job["reason"].startswith("a.jsonl, line 7: This is not valid JSON")
    (draft,) = await desk.call("GET", "/imports")
    assert (draft["suggested_name"], draft["write_job"]) == ("sums", job["id"])

    plan = json.dumps({"choices": {"bad_json": "skip"}})
    job = await desk.call("POST", "/datasets", 201, data={"name": "sums", "plan": plan}, files=files)
    assert (await desk.ended(job))["reason"] == "sums has 6 rows for train."


@pytest.mark.parametrize(
    ("data", "status", "field"),
    [
        ({"name": "../x"}, 400, "name"),
        ({"name": "x", "plan": "{"}, 422, "plan"),
        ({"name": "x", "plan": '{"rules": [{"kind": "iron"}]}'}, 422, "plan.rules.0.kind"),
        ({"name": "x", "on_existing": "burn"}, 422, "on_existing"),
        ({}, 422, "name"),
    ],
)
async def test_one_request_that_cannot_be_followed_leaves_nothing(
    data: Any, status: int, field: str, desk: Desk
) -> None:
    answer = await desk.call("POST", "/datasets", status, data=data, files=[("files", ("a.jsonl", b"{}"))])

    assert [it["field"] for it in answer["fields"]] == [field]
    assert desk.tree == []


@pytest.mark.parametrize("second", ["train.jsonl", "Train.jsonl"])
async def test_one_request_takes_no_file_in_anothers_place(second: str, desk: Desk) -> None:
    files = [("files", (name, jsonl(PAIRS))) for name in ("train.jsonl", second)]
    answer = await desk.call("POST", "/datasets", 400, data={"name": "sums"}, files=files)

    sentence = f"Two files are called {second}, and one would take the other's place; rename one of them."
    assert answer["fields"] == [{"field": "files", "message": sentence}]
    assert desk.tree == []


async def test_a_bomb_is_refused_and_the_disk_stays_as_it_was(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            with archive.open(f"{number}.jsonl", "w", force_zip64=True) as file:
                for _ in range(100):
                    file.write(b" " * (1 << 20))
    draft = await desk.call("POST", "/imports", 201, json={})
    draft = await desk.call("PUT", f"/imports/{draft['id']}/files/a.zip", content=packed.getvalue())

    (file_,) = draft["files"]
    assert file_["problem"].startswith("a.zip unpacks to more than 1.1 GB")
    assert (await desk.call("POST", f"/imports/{draft['id']}/look", 400, json={}))["code"] == "bad_source"


async def test_a_data_set_is_deleted_unless_a_session_reads_it(desk: Desk, tmp_path: Path) -> None:
    folder = put(desk.settings.datasets / "sums" / "train.jsonl", jsonl([{"text": "a"}])).parent
    elsewhere = put(tmp_path / "elsewhere" / "train.jsonl", jsonl([{"text": "a"}])).parent
    (desk.settings.datasets / "linked").symlink_to(elsewhere)

    desk.library.in_use = lambda wanted: "session-7" if wanted == folder else None
    assert (await desk.call("DELETE", "/datasets/sums", 409))["code"] == "data_in_use"
    desk.library.in_use = lambda wanted: None
    await desk.call("DELETE", "/datasets/sums", 204)
    await desk.call("DELETE", "/datasets/linked", 204)

    assert list(desk.settings.datasets.iterdir()) == []
    assert (elsewhere / "train.jsonl").exists()
    assert (await desk.call("DELETE", "/datasets/sums", 404))["code"] == "data_not_found"
    assert (await desk.call("GET", "/datasets/..%2Fsums", 404))["code"] in ("data_not_found", "http")

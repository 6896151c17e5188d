"""Evaluations over REST: what is refused and in which words, paging, order, exports."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.errors import AppError
from backend.evaluation.examples import as_csv, ordered
from backend.evaluation.routes import router
from backend.evaluation.schemas import EvaluatedExample
from backend.jobs.routes import router as jobs_router
from backend.problems import answer_problems
from tests.evaluation.conftest import Lab, write_rows


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.evaluations, app.state.jobs = lab.manager, lab.jobs
    answer_problems(app)
    app.include_router(router, prefix="/api")
    app.include_router(jobs_router, prefix="/api")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio", timeout=60) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    return {"model_name": "tiny", "data": "sums", "adapters": [{"adapter_name": "one"}], "general": False} | changes


@pytest.mark.parametrize(
    ("changes", "status", "field", "words"),
    [
        ({"model_name": "nothing"}, 404, "model_name", "There is no model 'nothing'"),
        ({"adapters": [{"adapter_name": "nothing"}]}, 404, None, "There is no adapter named 'nothing'"),
        ({"adapters": [{"adapter_name": "one", "adapter_file": "best"}]}, 404, None, "has no best weights"),
        ({"adapters": [{"adapter_name": "one", "adapter_file": 7}]}, 404, None, "7"),
        ({"model_name": "other"}, 400, "adapter_name", "one"),
        ({"adapters": [{"adapter_name": "one"}] * 2}, 400, "adapters", "one is named twice"),
        ({"data": "nothing"}, 404, "data", "There is no data 'nothing'"),
        (
            {"data": "story", "split": "valid"},
            400,
            "split",
            "story has no validation split; of validation and test it has test.",
        ),
        ({"max_seq_length": 600}, 400, "max_seq_length", "tiny was made for 512 tokens. Choose 512 or less."),
        ({"max_seq_length": 2}, 422, "max_seq_length", "8"),
        ({"limit": 0}, 422, "limit", "1"),
        ({"split": "train"}, 422, "split", "test"),
        ({"adapter": "one"}, 422, "adapter", "did you mean 'adapters'?"),
    ],
)
async def test_what_cannot_be_measured_is_refused_before_there_is_a_job(
    client: httpx.AsyncClient, lab: Lab, changes: dict[str, Any], status: int, field: str | None, words: str
) -> None:
    before = len(lab.jobs.jobs())
    answer = await client.post("/api/evaluations", json=body(**changes))
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    if field is not None:
        assert field in [it["field"] for it in answer.json()["fields"]]
    assert len(lab.jobs.jobs()) == before


async def test_data_that_cannot_be_read_is_refused_with_its_line(client: httpx.AsyncClient, lab: Lab) -> None:
    folder = lab.settings.datasets / "broken"
    write_rows(folder / "train.jsonl", [{"text": "Well."}])
    (folder / "test.jsonl").write_text('{"text": "Well."}\n{"text": \n')
    answer = await client.post("/api/evaluations", json=body(data="broken"))
    assert answer.status_code == 400
    assert "test.jsonl, line 2: not valid JSON" in answer.json()["detail"]


async def test_an_evaluation_is_listed_paged_ordered_exported_and_deleted(client: httpx.AsyncClient, lab: Lab) -> None:
    started = await client.post("/api/evaluations", json=body(adapters=[{"adapter_name": it} for it in ("one", "two")]))
    assert started.status_code == 201
    place = f"/api/evaluations/{started.json()['job']['id']}"
    assert (await client.get(f"{place}/examples")).status_code == 409
    await lab.ended(started.json()["job"]["id"])
    evaluation = (await client.get(place)).json()
    assert (await client.get("/api/evaluations")).json()[0] == evaluation
    assert evaluation["job"]["title"] == "tiny on sums, test split"
    everything = (await client.get(f"{place}/examples?limit=500")).json()
    pages = [(await client.get(f"{place}/examples?offset={it}&limit=5")).json() for it in (0, 5, 10)]
    assert [len(page["examples"]) for page in pages] == [5, 5, 2]
    assert [it for page in pages for it in page["examples"]] == everything["examples"]
    assert {page["total"] for page in pages} == {12} == {everything["total"]}
    for sort, falls in {"better": False, "worse": True}.items():
        found = (await client.get(f"{place}/examples?sort={sort}&weights=2")).json()["examples"]
        changes = [it["losses"][2] - it["losses"][0] for it in found]
        assert changes == sorted(changes, reverse=falls), sort
    changes = [max(abs(it["losses"][n] - it["losses"][0]) for n in (1, 2)) for it in everything["examples"]]
    assert changes == sorted(changes, reverse=True)
    by_index = (await client.get(f"{place}/examples?sort=index")).json()["examples"]
    assert [it["index"] for it in by_index] == list(range(12))
    lines = (await client.get(f"{place}/examples.jsonl")).text.splitlines()
    assert [json.loads(line) for line in lines] == by_index
    table = await client.get(f"{place}/examples.csv")
    assert "attachment" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [float(row["loss two latest"]) for row in rows] == [it["losses"][2] for it in by_index]
    assert (await client.delete(f"/api/jobs/{evaluation['job']['id']}")).status_code == 204
    assert (await client.get(place)).status_code == 404


@pytest.mark.parametrize("path", ["", "/examples", "/examples.csv", "/examples.jsonl"])
async def test_what_does_not_exist_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/evaluations/nothing{path}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no evaluation 'nothing'.")


async def test_ordering_by_weights_that_are_not_there_is_refused(lab: Lab) -> None:
    evaluation, _ = await lab.measure("one")
    with pytest.raises(AppError, match="from 1 to 1"):
        lab.manager.page(evaluation.job.id, "data", "difference", 2, 0, 10)


def example(index: int, *losses: float | None, prompt: str = "Hello") -> EvaluatedExample:
    return EvaluatedExample(
        part="data",
        index=index,
        line=index + 1,
        prompt=prompt,
        reference=None,
        text=None,
        tokens=3,
        full_length=4,
        cut=False,
        losses=list(losses),
    )


def test_examples_that_failed_come_last_and_equals_keep_the_order_of_the_file() -> None:
    examples = [example(0, 1.0, None), example(1, 1.0, 1.5), example(2, 1.0, 0.5), example(3, 1.0, 3.0)]
    assert [it.index for it in ordered(examples, "difference", None)] == [3, 1, 2, 0]
    assert [it.index for it in ordered(examples, "better", None)] == [2, 1, 3, 0]
    assert [it.index for it in ordered(examples, "worse", 1)] == [3, 1, 2, 0]
    assert [it.index for it in ordered(examples[::-1], "index", None)] == [0, 1, 2, 3]


def test_a_table_holds_no_formula() -> None:
    table = as_csv([example(0, 1.0, None, prompt='=HYPERLINK("http://evil.example")')], ["base model", "one"])
    _, row = csv.reader(io.StringIO(table, newline=""))
    assert row == ["data", "0", "1", "3", "False", '\'=HYPERLINK("http://evil.example")', "", "", "1.0", ""]

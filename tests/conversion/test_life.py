"""A conversion on its way: the new folder appears whole or not at all, whatever happens to the worker."""

import os
import re
import signal
from typing import Any

import mlx.core as mx
import psutil
import pytest

from backend.evaluation.manager import BEHIND_TRAINING
from backend.jobs.events import JobProgress, JobSpawned
from backend.models.conversion.files import workshop
from backend.models.conversion.manager import KIND
from backend.models.conversion.schemas import ConversionPlan, ConversionRecord, Recipe
from backend.models.fingerprint import fingerprint
from backend.models.library import ModelLibrary
from backend.settings import Settings
from backend.workers.conversion.conversion import carry_out_conversion
from backend.workers.job import JobReporter
from tests.conversion.conftest import Lab
from tests.stock import Stock
from tests.tiny_models import make_model


async def test_the_new_model_is_in_the_library_and_answers_in_stock_mlx_lm(lab: Lab) -> None:
    estimate = await lab.estimate(bits=4)
    conversion = await lab.convert("small", bits=4)
    source, folder = lab.folder("tiny"), lab.folder("small")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "README.md", "LICENSE"):
        assert (folder / name).read_bytes() == (source / name).read_bytes()
    assert not (folder / "training_args.bin").exists() and not (folder / "origin.json").exists()
    (described,) = [model for model in ModelLibrary(lab.settings).list() if model.name == "small"]
    assert (described.problem, described.quantization_bits) == (None, 4)
    result = conversion.result
    assert result is not None
    assert (result.size_after_bytes, result.bits_per_weight) == (estimate.size_bytes, estimate.bits_per_weight)
    assert result.size_before_bytes == estimate.size_before_bytes > 5 * result.size_after_bytes
    assert result.seconds > 0 and lab.hidden() == []
    with Stock() as stock:
        assert stock.generate(folder, None, max_tokens=8)


async def test_what_it_was_made_of_lies_beside_it_and_leaves_its_fingerprint_alone(lab: Lab) -> None:
    conversion = await lab.convert("recorded", bits=8, dtype="bfloat16")
    file = lab.folder("recorded") / "conversion.json"
    record = ConversionRecord.model_validate_json(file.read_bytes())
    assert record.job_id == conversion.job.id
    assert (record.source_name, record.source_fingerprint) == ("tiny", fingerprint(lab.folder("tiny")))
    assert record.recipe == Recipe(bits=8, group_size=32, dtype="bfloat16")
    assert set(record.versions) == {"mlx", "mlx-lm"}
    assert record.result == conversion.result
    with_record = fingerprint(lab.folder("recorded"))
    file.unlink()
    assert fingerprint(lab.folder("recorded")) == with_record


@pytest.mark.parametrize("end", ["killed", pytest.param("cancelled", marks=pytest.mark.exhaustive)])
async def test_one_that_ends_while_it_writes_leaves_nothing_and_can_be_started_again(lab: Lab, end: str) -> None:
    job_id = await lab.start(f"large-{end}", model_name="large", bits=4, measure_on="tale")
    making = workshop(lab.folder("x"), job_id) / "making"
    await lab.until(job_id, lambda it: making.is_dir() or it.job.finished_at is not None)
    if end == "killed":
        os.kill(worker_of(lab, job_id), signal.SIGKILL)
    else:
        lab.jobs.cancel(job_id)
    ended = await lab.ended(job_id)
    assert (ended.job.state, ended.result) == ("failed" if end == "killed" else "cancelled", None)
    assert lab.hidden() == [] and not lab.folder(f"large-{end}").exists()
    again = await lab.convert(f"large-{end}", bits=4, measure_on="tale")
    assert again.result is not None and lab.hidden() == []


async def test_progress_is_told_layer_by_layer(lab: Lab) -> None:
    conversion = await lab.convert("slow", model_name="large", bits=8, measure_on="tale")
    told = [event for event in lab.jobs.store.events(conversion.job.id) if isinstance(event, JobProgress)]
    messages = [event.message for event in told]
    assert messages[0] == "Measuring large on tale, validation split"
    assert any(re.fullmatch(r"Quantising layer [1-5] of 5", message) for message in messages)
    assert messages[-1] == "Measuring slow on tale, validation split"
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert {(event.total, event.unit) for event in told} == {(told[0].total, "steps")}
    assert told[-1].done == told[-1].total


async def test_one_that_stepped_aside_goes_on_with_the_model_that_it_had_written(lab: Lab) -> None:
    job_id = await lab.start("aside", bits=4, measure_on=None)
    made = workshop(lab.folder("x"), job_id) / "made"
    await lab.until(job_id, lambda it: made.is_dir() or it.job.finished_at is not None)
    lab.in_the_way = BEHIND_TRAINING
    await lab.jobs.step_aside(KIND, BEHIND_TRAINING)
    waiting = lab.manager.get(job_id).job
    assert (waiting.state, waiting.message) == ("queued", BEHIND_TRAINING)
    written = (made / "model.safetensors").stat().st_mtime_ns
    assert not lab.folder("aside").exists()
    lab.in_the_way = None
    ended = await lab.ended(job_id)
    assert ended.job.state == "completed", ended.job.reason
    assert (lab.folder("aside") / "model.safetensors").stat().st_mtime_ns == written
    assert lab.hidden() == []


@pytest.mark.exhaustive
async def test_one_that_stepped_aside_and_is_cancelled_leaves_nothing(lab: Lab) -> None:
    job_id = await lab.start("given-up", bits=4, measure_on=None)
    shop = workshop(lab.folder("x"), job_id)
    await lab.until(job_id, lambda it: (shop / "made").is_dir() or it.job.finished_at is not None)
    lab.in_the_way = BEHIND_TRAINING
    await lab.jobs.step_aside(KIND, BEHIND_TRAINING)
    assert shop.is_dir()
    lab.jobs.cancel(job_id)
    assert lab.hidden() == []
    assert lab.manager.get(job_id).job.state == "cancelled"


async def test_a_worker_that_goes_on_behind_its_last_step_finds_its_model_there(lab: Lab) -> None:
    conversion = await lab.convert("done", bits=4, measure_on="tale")
    folder = lab.jobs.store.folder(conversion.job.id)
    before = fingerprint(lab.folder("done"))
    plan = ConversionPlan.model_validate(lab.jobs.store.record(conversion.job.id).settings)
    words = carry_out_conversion(folder, plan, JobReporter(folder))
    assert words == conversion.job.reason
    assert fingerprint(lab.folder("done")) == before and lab.hidden() == []


async def test_a_model_whose_numbers_a_type_does_not_hold_is_not_kept(lab: Lab) -> None:
    folder = make_model(lab.folder("loud"))
    weights: Any = mx.load(str(folder / "model.safetensors"))
    weights["model.layers.0.mlp.down_proj.weight"] = weights["model.layers.0.mlp.down_proj.weight"] * 1e7
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    ended = await lab.ended(await lab.start("silent", model_name="loud", dtype="float16", measure_on="tale"))
    assert (ended.job.state, ended.job.reason) == (
        "failed",
        "The new model computes NaN or infinity, so it was not kept. float16 holds no number over 65,504: "
        "choose bfloat16.",
    )
    assert lab.hidden() == [] and not lab.folder("silent").exists()


async def test_a_source_that_is_replaced_while_the_job_waits_is_not_converted(lab: Lab) -> None:
    make_model(lab.folder("shifting"))
    lab.in_the_way = "Waits for the test."
    job_id = await lab.start("late", model_name="shifting", bits=4)
    make_model(lab.folder("shifting"), seed=7)
    lab.in_the_way = None
    ended = await lab.ended(job_id)
    assert ended.job.state == "failed"
    assert "was replaced since this conversion was asked for" in str(ended.job.reason)


async def test_a_name_that_is_taken_while_the_job_waits_stays_with_who_took_it(lab: Lab) -> None:
    lab.in_the_way = "Waits for the test."
    job_id = await lab.start("wanted", bits=4)
    taken = make_model(lab.folder("wanted"), seed=3)
    before = fingerprint(taken)
    lab.in_the_way = None
    ended = await lab.ended(job_id)
    assert ended.job.reason == "There is a model wanted by now; start the conversion again with another name."
    assert fingerprint(taken) == before and lab.hidden() == []


async def test_a_name_that_is_taken_while_it_converts_costs_only_the_name(lab: Lab) -> None:
    job_id = await lab.start("beaten", bits=4, measure_on=None)
    made = workshop(lab.folder("x"), job_id) / "made"
    await lab.until(job_id, lambda it: made.is_dir() or it.job.finished_at is not None)
    taken = make_model(lab.folder("beaten"), seed=3)
    before = fingerprint(taken)
    ended = await lab.ended(job_id)
    assert (ended.job.state, ended.result and ended.result.name) == ("completed", "beaten-2")
    assert ended.job.reason is not None
    assert ended.job.reason.startswith("There is a model beaten by now, so this one is beaten-2. beaten-2 takes ")
    assert (lab.folder("beaten-2") / "conversion.json").is_file()
    assert fingerprint(taken) == before and lab.hidden() == []
    folder = lab.jobs.store.folder(job_id)
    plan = ConversionPlan.model_validate(lab.jobs.store.record(job_id).settings)
    assert carry_out_conversion(folder, plan, JobReporter(folder)) == ended.job.reason, "it finds what it made"


async def test_the_model_that_answers_goes_where_memory_is_short(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=10**8))
    job_id = await lab.start("unloading", bits=4, measure_on="tale")
    await lab.until(job_id, lambda it: it.job.state != "queued")
    lab.jobs.cancel(job_id)
    assert lab.unloads == ["a conversion needs the memory"]


@pytest.mark.exhaustive
async def test_the_next_server_goes_on_and_tidies_up_after_one_that_was_killed(home: Settings) -> None:
    first = Lab(home)
    job_id = await first.start("survivor", model_name="large", bits=4, measure_on="tale")
    making = workshop(first.folder("x"), job_id) / "making"
    await first.until(job_id, lambda it: making.is_dir() or it.job.finished_at is not None)
    await first.close()
    assert making.is_dir()
    second = Lab(home)
    try:
        ended = await second.ended(job_id)
        assert ended.job.state == "completed", ended.job.reason
        assert second.hidden() == []
    finally:
        await second.close()


def worker_of(lab: Lab, job_id: str) -> int:
    return [event.pid for event in lab.jobs.store.events(job_id) if isinstance(event, JobSpawned)][-1]

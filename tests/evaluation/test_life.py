"""What happens to an evaluation on its way: interrupted, damaged, changed under its feet, in others' way."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import mlx.core as mx
import psutil
import pytest

from backend.errors import AppError
from backend.evaluation import manager as evaluation_manager
from backend.jobs.events import JobSpawned
from backend.settings import Settings
from tests.evaluation.conftest import Lab, chat, write_rows
from tests.tiny_adapters import make_adapter, read_weights


@pytest.fixture
def adapter(home: Settings) -> Path:
    """One that a test may damage."""
    return make_adapter(home.adapters / "fragile", home.base_models / "tiny", seed=9)


async def test_progress_and_time_left_are_told_while_it_goes(lab: Lab) -> None:
    job_id = await lab.start("one", data="many")
    going = await lab.until(job_id, lambda it: it.job.seconds_left is not None)
    job = going.job
    assert job.state == "running" and going.result is None
    assert job.unit == "tokens" and job.total is not None and 0 < job.done < job.total
    assert job.message == "Measuring base model on test.jsonl"
    with pytest.raises(AppError, match="not complete"):
        lab.manager.page(job_id, "data", "difference", None, 0, 10)


async def test_a_cancelled_evaluation_leaves_a_clear_state(lab: Lab) -> None:
    job_id = await lab.start("one", data="many")
    await lab.until(job_id, lambda it: it.job.done > 0)
    lab.jobs.cancel(job_id)
    cancelled = await lab.ended(job_id)
    assert (cancelled.job.state, cancelled.job.reason) == ("cancelled", "Cancelled on request.")
    assert cancelled.result is None
    assert not list(lab.jobs.store.folder(job_id).glob("summary.json"))
    assert (await lab.measure("one"))[0].job.state == "completed"


@pytest.mark.exhaustive
async def test_one_that_stepped_aside_goes_on_and_measures_nothing_twice(lab: Lab) -> None:
    whole, expected = await lab.measure("one", "two", data="many", limit=60)
    job_id = await lab.start("one", "two", data="many", limit=60)
    losses = lab.jobs.store.folder(job_id) / "losses.jsonl"
    await lab.until(job_id, lambda _: losses.exists())
    lab.in_the_way = evaluation_manager.BEHIND_TRAINING
    await lab.jobs.step_aside(evaluation_manager.KIND, evaluation_manager.BEHIND_TRAINING)
    waiting = lab.manager.get(job_id).job
    assert (waiting.state, waiting.message) == ("queued", evaluation_manager.BEHIND_TRAINING)
    kept = losses.read_bytes()
    lab.in_the_way = None
    again = await lab.ended(job_id)
    assert again.result == whole.result
    assert lab.manager.examples(job_id) == expected
    assert kept and losses.read_bytes().startswith(kept)
    measured = [
        (line["weights"], line["part"], index)
        for line in map(json.loads, losses.read_text().splitlines())
        for index in line["indices"]
    ]
    assert len(measured) == len(set(measured)) == 3 * 60


async def test_a_worker_that_is_killed_says_so_and_the_next_evaluation_goes_on(lab: Lab) -> None:
    job_id = await lab.start("one", data="many")
    await lab.until(job_id, lambda it: it.job.done > 0)
    spawned = [event for event in lab.jobs.store.events(job_id) if isinstance(event, JobSpawned)]
    os.kill(spawned[-1].pid, signal.SIGKILL)
    failed = await lab.ended(job_id)
    assert failed.job.state == "failed" and failed.result is None
    assert failed.job.reason is not None and "Systems do this when memory runs out" in failed.job.reason
    assert (await lab.measure())[0].job.state == "completed"


async def test_an_adapter_that_breaks_fails_alone(lab: Lab, adapter: Path) -> None:
    file = adapter / "adapters.safetensors"
    weights = read_weights(file)
    name = next(iter(weights))
    weights[name] = mx.full(weights[name].shape, mx.nan)
    mx.save_safetensors(str(file), weights)
    evaluation, examples = await lab.measure("one", "fragile", "two")
    assert evaluation.result is not None
    base, one, fragile, two = evaluation.result.weights
    assert fragile.problem is not None and "NaN or infinity" in fragile.problem and name in fragile.problem
    assert (fragile.data, fragile.general) == (None, None)
    assert all(it.data is not None and it.problem is None for it in (base, one, two))
    assert evaluation.job.reason == "12 examples measured under 3 weights. 1 could not be measured."
    assert all(it.losses[2] is None and None not in (it.losses[0], it.losses[1], it.losses[3]) for it in examples)
    assert len(lab.manager.page(evaluation.job.id, "data", "difference", 2, 0, 50).examples) == 12


async def test_numbers_out_of_range_fail_the_adapter_that_computes_them(lab: Lab, adapter: Path) -> None:
    file = adapter / "adapters.safetensors"
    mx.save_safetensors(str(file), {name: tensor * 1e30 for name, tensor in read_weights(file).items()})
    evaluation, _ = await lab.measure("fragile")
    assert evaluation.result is not None
    assert evaluation.result.weights[1].problem == ("These weights compute NaN or infinity here: they are damaged.")


async def test_an_adapter_that_is_replaced_while_it_waits_is_not_taken_for_the_other(lab: Lab, adapter: Path) -> None:
    lab.in_the_way = "Waits for the test."
    job_id = await lab.start("fragile")
    make_adapter(adapter, lab.settings.base_models / "tiny", seed=10)
    lab.in_the_way = None
    evaluation = await lab.ended(job_id)
    assert evaluation.result is not None
    assert evaluation.result.weights[1].problem is not None
    assert "was replaced after this evaluation was asked for" in evaluation.result.weights[1].problem


async def test_an_adapter_that_is_deleted_while_it_waits_fails_alone(lab: Lab, adapter: Path) -> None:
    lab.in_the_way = "Waits for the test."
    job_id = await lab.start("fragile", "one")
    shutil.rmtree(adapter)
    lab.in_the_way = None
    evaluation = await lab.ended(job_id)
    assert evaluation.result is not None
    assert [it.problem is None for it in evaluation.result.weights] == [True, False, True]
    assert "cannot be read" in str(evaluation.result.weights[1].problem)


async def test_data_that_changed_while_it_waited_is_not_measured(lab: Lab) -> None:
    file = write_rows(lab.settings.datasets / "shifting" / "test.jsonl", [chat(1, "Two.")])
    write_rows(lab.settings.datasets / "shifting" / "train.jsonl", [chat(1, "Two.")])
    lab.in_the_way = "Waits for the test."
    job_id = await lab.start("one", data="shifting")
    write_rows(file, [chat(1, "Three.")])
    lab.in_the_way = None
    evaluation = await lab.ended(job_id)
    assert evaluation.job.state == "failed"
    assert "has changed since this evaluation was asked for" in str(evaluation.job.reason)


async def test_a_row_that_cannot_be_encoded_is_named(lab: Lab) -> None:
    rows = [chat(1, "Two."), {"messages": [{"role": "assistant", "content": "Alone."}]}]
    folder = lab.settings.datasets / "refused"
    for split in ("train", "test"):
        write_rows(folder / f"{split}.jsonl", rows)
    file = lab.settings.base_models / "tiny" / "tokenizer_config.json"
    kept = file.read_text()
    settings = json.loads(kept)
    begin = "{% if messages[0]['role'] != 'user' %}{{ raise_exception('Begin with the user') }}{% endif %}"
    file.write_text(json.dumps({**settings, "chat_template": begin + settings["chat_template"]}))
    try:
        evaluation = await lab.ended(await lab.start(data="refused"))
    finally:
        file.write_text(kept)
    assert evaluation.job.state == "failed"
    assert str(evaluation.job.reason).startswith("test.jsonl, line 2: The model's chat template refuses")


async def test_the_model_that_answers_goes_where_memory_is_short(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    await lab.measure()
    assert lab.unloads == []
    memory = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=10**8))
    await lab.measure()
    assert lab.unloads == ["a held-out evaluation needs the memory"]


async def test_the_next_server_goes_on_with_what_an_earlier_one_began(home: Settings) -> None:
    first = Lab(home)
    job_id = await first.start("one", data="many", limit=150)
    await first.until(job_id, lambda it: it.job.done > 0)
    await first.close()
    second = Lab(home)
    try:
        began = time.time()
        evaluation = await second.ended(job_id)
        assert evaluation.job.state == "completed" and evaluation.job.started_at is not None
        assert evaluation.job.started_at >= began - 1
        assert len(second.manager.examples(job_id)) == 150
    finally:
        await second.close()

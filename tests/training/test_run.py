"""Whole runs, in real workers."""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx_lm import generate, load

from backend.adapters.folder import read_record
from backend.errors import AppError
from backend.models.digests import tensor_digests
from backend.settings import Settings
from backend.training.events import Best, Checkpoint, Finished, Started, Train, TrainingEvent, Validation, Warned
from backend.training.manager import TrainingManager
from backend.training.plan import RunPlan
from backend.training.store import LOG
from tests.training.conftest import ConfigMaker, run_to_end, write_chats


def only(events: list[TrainingEvent], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def tensors(file: Path) -> dict[str, mx.array]:
    loaded: Any = mx.load(str(file))
    return dict(loaded)


def same(first: Path, second: Path) -> bool:
    one, other = tensors(first), tensors(second)
    return one.keys() == other.keys() and all(np.array_equal(np.array(one[key]), np.array(other[key])) for key in one)


async def test_a_run_reports_every_step_of_its_life(manager: TrainingManager, configured: ConfigMaker) -> None:
    session_id, events = await run_to_end(manager, configured(adapter_name="sums"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events] == [
        "queued", "spawned", "started", "validation", "train", "train", "validation", "best", "checkpoint",
        "train", "train", "validation", "best", "checkpoint", "finished",
    ]  # fmt: skip
    started = only(events, Started)[0]
    estimate = await manager.estimate(configured())
    assert started.trainable_parameters == estimate.trainable_parameters
    assert started.total_parameters == estimate.total_parameters
    assert started.trainable_percent == estimate.trainable_percent
    assert (started.train_examples, started.validation_examples) == (40, 7)
    assert [event.iteration for event in only(events, Validation)] == [0, 10, 20]
    losses = [event.train_loss for event in only(events, Train)]
    assert losses == sorted(losses, reverse=True)
    assert only(events, Best)[-1].val_loss == min(event.val_loss for event in only(events, Validation))
    assert [event.file for event in only(events, Checkpoint)] == [
        "0000010_adapters.safetensors",
        "0000020_adapters.safetensors",
    ]
    assert events[-1].model_dump(exclude={"seq", "time"}) == {
        "type": "finished",
        "outcome": "completed",
        "reason": "All 20 steps are done.",
        "iteration": 20,
    }
    session = manager.detail(session_id)
    assert (session.state, session.iteration, session.adapter_exists) == ("completed", 20, True)
    assert session.best_iteration == 20


async def test_the_adapter_is_a_folder_as_mlx_lm_reads_it(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    await run_to_end(manager, configured(adapter_name="sums", iterations=20))
    folder = settings.adapters / "sums"
    assert sorted(file.name for file in folder.iterdir()) == [
        "0000010_adapters.safetensors", "0000020_adapters.safetensors", "adapter_config.json",
        "adapters.safetensors", "best_adapters.safetensors", "provenance.json",
    ]  # fmt: skip
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["lora_parameters"]["scale"] == 1.0
    assert config["lora_parameters"]["alpha"] == 4.0
    assert config["num_layers"] == -1
    assert same(folder / "adapters.safetensors", folder / "0000020_adapters.safetensors")
    model, tokenizer = load(str(settings.base_models / "tiny"), adapter_path=str(folder))[:2]
    assert isinstance(generate(model, tokenizer, "What", max_tokens=5), str)


async def test_the_adapter_records_its_multiplier_and_every_tensor_of_its_base(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    await run_to_end(manager, configured(adapter_name="sums", iterations=1, lora_alpha=6.0))
    recorded = read_record(settings.adapters / "sums").provenance
    assert recorded.scale == 1.5
    assert recorded.base_tensors == tensor_digests(settings.base_models / "tiny")


async def test_the_log_has_the_lines_that_people_look_for(manager: TrainingManager, configured: ConfigMaker) -> None:
    session_id, events = await run_to_end(manager, configured())
    log = manager.store.log(session_id, 100_000)
    assert "LoRA Configuration: rank=4, alpha=4.0, dropout=0.0, layers=-1, keys=7" in log
    started = only(events, Started)[0]
    assert f"Trainable parameters: {started.trainable_percent:.3f}%" in log
    assert "Iter 20: Train loss" in log


async def test_training_leaves_the_base_bit_for_bit_as_it_was(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    folder = settings.base_models / "tiny"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    await run_to_end(manager, configured())
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


async def test_the_same_seed_gives_the_same_adapter(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        await run_to_end(manager, configured(adapter_name=name, seed=seed, lora_dropout=0.1))
    first, again, other = (settings.adapters / name / "adapters.safetensors" for name in ("one", "again", "other"))
    assert same(first, again)
    assert not same(first, other)


async def test_early_stopping_ends_after_patience_and_keeps_the_best(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    write_chats(settings.datasets / "sums" / "train.jsonl", range(4))
    config = configured(
        adapter_name="early", iterations=400, learning_rate=1e-2, steps_per_eval=5, save_every=1000, patience=2
    )
    _, events = await run_to_end(manager, config)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "early_stopped"
    validations = only(events, Validation)
    best = min(validations[1:], key=lambda event: event.val_loss)
    assert finished.iteration == best.iteration + 2 * 5
    assert f"{best.val_loss:.4f} at step {best.iteration}" in finished.reason
    folder = settings.adapters / "early"
    assert not same(folder / "best_adapters.safetensors", folder / "adapters.safetensors")


async def test_without_validation_data_a_run_completes_and_says_so(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    (settings.datasets / "sums" / "valid.jsonl").unlink()
    _, events = await run_to_end(manager, configured())
    assert only(events, Validation) == []
    assert any("validation" in event.message for event in only(events, Warned))
    assert only(events, Finished)[0].outcome == "completed"


async def test_nan_stops_the_run_and_leaves_the_last_good_adapter(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    config = configured(adapter_name="nan", learning_rate=1e9, save_every=1, steps_per_eval=100)
    _, events = await run_to_end(manager, config)
    finished = only(events, Finished)[0]
    assert finished.outcome == "failed"
    assert f"became NaN at step {finished.iteration + 2}" in finished.reason
    assert "lower learning rate" in finished.reason
    assert finished.iteration > 0
    folder = settings.adapters / "nan"
    for file in folder.glob("*.safetensors"):
        assert all(np.isfinite(np.array(value)).all() for value in tensors(file).values())
    checkpoints = sorted(folder.glob("0*_adapters.safetensors"))
    assert [int(file.name[:7]) for file in checkpoints] == list(range(1, finished.iteration + 1))
    assert same(folder / "adapters.safetensors", checkpoints[-1])


async def test_starting_from_an_adapter_begins_where_it_ended(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    _, first = await run_to_end(manager, configured(adapter_name="first"))
    file = str(settings.adapters / "first" / "adapters.safetensors")
    _, second = await run_to_end(manager, configured(adapter_name="second", resume_adapter_file=file))
    assert only(second, Validation)[0].val_loss == pytest.approx(only(first, Validation)[-1].val_loss, rel=1e-5)
    for changes, words in (
        ({"lora_rank": 8}, "has rank 4, this run has 8"),
        ({"targets": "attention"}, "other modules"),
    ):
        with pytest.raises(AppError, match=words):
            await manager.start_training(configured(adapter_name="third", resume_adapter_file=file, **changes))


async def test_replacing_keeps_the_old_adapter_until_there_is_a_good_new_one(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    await run_to_end(manager, configured(adapter_name="sums"))
    folder = settings.adapters / "sums"
    old = {file.name: file.read_bytes() for file in folder.iterdir()}
    diverging = configured(adapter_name="sums", on_existing="replace", learning_rate=1e30, save_every=1)
    _, events = await run_to_end(manager, diverging)
    assert "There is no adapter" in only(events, Finished)[0].reason
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == old
    _, events = await run_to_end(manager, configured(adapter_name="sums", on_existing="replace", iterations=5))
    assert events[-1].type == "finished"
    assert sorted(file.name for file in folder.glob("0*")) == ["0000005_adapters.safetensors"]
    assert [other.name for other in settings.adapters.iterdir()] == ["sums"]


def prepared(manager: TrainingManager, plan: RunPlan) -> Path:
    return manager.store.folder(manager.store.create(plan))


def run_worker(session: Path, file_limit_bytes: int) -> int:
    """The worker on a 'disk' where no file may grow beyond the limit."""
    with (session / LOG).open("ab") as log:
        return subprocess.run(
            [sys.executable, "-m", "backend.workers.train", str(session)],
            stdout=log,
            stderr=log,
            check=False,
            input=b"go\n",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit_bytes, file_limit_bytes)),
        ).returncode


async def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    plan = await manager.planner.plan(configured(adapter_name="full"))
    session = prepared(manager, plan)
    assert run_worker(session, 20_000) == 1
    finished = manager.store.events(session.name)[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "failed"
    assert "could not be written" in finished.reason
    assert "MB are free" in finished.reason
    assert not settings.adapters.exists() or list(settings.adapters.iterdir()) == []


@pytest.mark.exhaustive
async def test_a_worker_that_cannot_even_write_its_report_says_so_by_its_exit_code(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session = prepared(manager, await manager.planner.plan(configured()))
    events = (session / "events.jsonl").read_bytes()
    shutil.rmtree(session / LOG, ignore_errors=True)
    assert run_worker(session, len(events) + 10) == os.EX_IOERR
    assert (session / "events.jsonl").read_bytes() == events


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.0, 3.0])
async def test_a_stop_during_the_start_is_a_stop(
    manager: TrainingManager, configured: ConfigMaker, seconds: float
) -> None:
    session = await manager.start_training(configured(iterations=100_000, steps_per_report=1))
    while manager.store.get(session.id).state == "queued":
        await asyncio.sleep(0.01)
    await asyncio.sleep(seconds)
    await manager.stop_training()
    finished = manager.store.events(session.id)[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "stopped"
    assert finished.reason.startswith("Stopped on request")


async def test_a_worker_whose_server_died_before_letting_it_begin_does_nothing(
    manager: TrainingManager, configured: ConfigMaker
) -> None:
    session = prepared(manager, await manager.planner.plan(configured()))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.workers.train", str(session), stdin=asyncio.subprocess.PIPE
    )
    await worker.communicate(b"")
    assert worker.returncode == 0
    assert [event.type for event in manager.store.events(session.name)] == ["queued"]


@pytest.mark.exhaustive
async def test_weights_that_leave_the_range_of_numbers_are_never_saved(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    """The only step overflows float32 in its update, after a loss and a gradient that were finite."""
    (settings.datasets / "sums" / "valid.jsonl").unlink()
    config = configured(adapter_name="huge", iterations=1, learning_rate=3e38, optimizer="sgd", lora_alpha=4e4)
    _, events = await run_to_end(manager, config)
    finished = only(events, Finished)[0]
    assert (finished.outcome, finished.iteration) == ("failed", 0)
    assert "weights became infinite" in finished.reason
    assert not (settings.adapters / "huge").exists()


@pytest.mark.exhaustive
async def test_data_that_is_deleted_in_mid_run_does_no_harm(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    session = await manager.start_training(configured(adapter_name="kept", iterations=400, save_every=400))
    while manager.store.get(session.id).state != "running":
        await asyncio.sleep(0.02)
    shutil.rmtree(settings.datasets / "sums")
    async for _ in manager.store.follow(session.id):
        pass
    assert manager.store.get(session.id).state in ("completed", "early_stopped")
    record = json.loads((settings.adapters / "kept" / "provenance.json").read_text())
    assert set(record["data_sha256"]) == {"train", "valid"}


@pytest.mark.exhaustive
async def test_a_full_disk_leaves_the_adapter_that_was_to_be_replaced(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    await run_to_end(manager, configured(adapter_name="sums", iterations=1))
    folder = settings.adapters / "sums"
    old = {file.name: file.read_bytes() for file in folder.iterdir()}
    plan = await manager.planner.plan(configured(adapter_name="sums", on_existing="replace"))
    assert run_worker(prepared(manager, plan), 20_000) == 1
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == old
    assert [other.name for other in settings.adapters.iterdir()] == ["sums"]

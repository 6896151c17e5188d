"""The pre-flight with real workers: what it predicts, against what runs then take, and how it ends."""

import asyncio
import contextlib
import json
import os
import resource
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backend.errors import AppError
from backend.lora.estimate import BatchShape, MeasuredStep, Measurements, duration_seconds, peak_bytes
from backend.process import worker_environment
from backend.settings import REPOSITORY, Settings
from backend.training.config import TrainingConfig
from backend.training.events import Spawned, Train
from backend.training.manager import TrainingManager
from backend.training.preflight.measuring import OUT_OF_MEMORY, Preflight, PreflightCancelled, PreflightRefused, judged
from backend.training.preflight.remedies import remedies
from backend.training.preflight.run_shape import run_shape
from backend.training.preflight.schemas import REPORT_FILE, PreflightReport
from tests.scripts.servers import RunningServer
from tests.training.conftest import ConfigMaker, run_to_end

ARTIFACTS = REPOSITORY / "artifacts"


async def nothing() -> None:
    pass


@pytest.fixture
def preflight(manager: TrainingManager) -> Preflight:
    return Preflight(manager.planner, lambda: manager.current_session_id is not None, nothing)


def on_starter(**changes: Any) -> TrainingConfig:
    settings: dict[str, Any] = {
        "model_path": str(ARTIFACTS / "base_model" / "droid-starter"),
        "train_data_path": str(ARTIFACTS / "datasets" / "starter"),
        "batch_size": 8,
        "iterations": 40,
        "steps_per_report": 10,
        "save_every": 20,
        "steps_per_eval": 20,
        "early_stop": False,
    }
    return TrainingConfig(**(settings | changes))


async def rehearsed(manager: TrainingManager, config: TrainingConfig, folder: Path) -> Measurements:
    """What the worker found, without what the server makes of it."""
    plan = await manager.planner.plan(config)
    plan.write(folder)
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.workers.preflight", str(folder)), stdin=PIPE, env=worker_environment()
    )
    await worker.communicate(b"go\n")
    report = PreflightReport.model_validate_json((folder / REPORT_FILE).read_bytes())
    assert report.done
    assert report.found is not None
    return report.found


@pytest.mark.serial
async def test_memory_and_time_are_as_predicted_from_another_batch_size_and_length(
    manager: TrainingManager, tmp_path: Path
) -> None:
    """Measured before and after each run, since the speed of a machine that others share changes meanwhile."""
    measured_with = on_starter()
    before = await rehearsed(manager, measured_with, tmp_path)
    for changes in ({}, {"batch_size": 20}, {"batch_size": 3, "max_seq_length": 40}):
        config = on_starter(**changes)
        run = run_shape(config, has_validation=True)
        _, events = await run_to_end(manager, config)
        after = await rehearsed(manager, measured_with, tmp_path)
        took = events[-1].time - next(event.time for event in events if isinstance(event, Spawned))
        real_peak = max(event.peak_memory_gb for event in events if isinstance(event, Train)) * 1e9
        peaks = [peak_bytes(found, run, run_shape(measured_with, has_validation=True)) for found in (before, after)]
        durations = [duration_seconds(found, run) for found in (before, after)]
        assert all(peak.low <= real_peak <= peak.high for peak in peaks), (changes, real_peak, peaks)
        assert min(it.low for it in durations) <= took <= max(it.high for it in durations), (changes, took, durations)
        before = after


async def test_a_measurement_ends_with_a_server_that_is_killed_and_leaves_nothing(
    manager: TrainingManager, tmp_path: Path
) -> None:
    folder = tmp_path / "measured"
    folder.mkdir()
    (await manager.planner.plan(on_starter(max_seq_length=128))).write(folder)
    server = (
        "import sys, time; from pathlib import Path; from backend.process import WorkerProcess; "
        "it = WorkerProcess.spawn('backend.workers.preflight', sys.argv[1], log=Path(sys.argv[1]) / 'output.log'); "
        "it.release(); print(it.pid, flush=True); time.sleep(60)"
    )
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", server, str(folder), stdout=PIPE, cwd=REPOSITORY)
    assert asked.stdout is not None
    worker = psutil.Process(int(await asked.stdout.readline()))
    while not (folder / REPORT_FILE).exists():
        await asyncio.sleep(0.05)
    asked.kill()
    await asked.wait()
    _, alive = psutil.wait_procs([worker], timeout=10)
    assert alive == []
    assert not folder.exists()


async def test_it_says_that_a_run_fits_what_it_takes_and_what_was_measured(
    preflight: Preflight, configured: ConfigMaker
) -> None:
    result = await preflight.measure(configured())
    assert result.fits
    assert result.verdict.startswith("It fits: about 0.")
    assert result.remedies == []
    assert result.peak_memory_bytes is not None and result.duration_seconds is not None
    assert result.memory_limit_bytes is not None
    assert 0 < result.peak_memory_bytes.low < result.peak_memory_bytes.high < result.memory_limit_bytes
    assert 0 < result.duration_seconds.low < result.duration_seconds.likely < result.duration_seconds.high < 120
    shapes = [step.shape for step in result.measured]
    assert len(shapes) == len(set(shapes)) == 4
    assert [shape.tokens for shape in shapes] == sorted(shape.tokens for shape in shapes)
    assert shapes[-1].rows == 4


async def test_a_run_that_cannot_be_is_refused_in_the_words_of_a_start(
    preflight: Preflight, configured: ConfigMaker
) -> None:
    with pytest.raises(AppError, match="There is no model 'absent'"):
        await preflight.measure(configured(model_path="absent"))


async def test_nothing_is_measured_while_a_run_trains(
    manager: TrainingManager, preflight: Preflight, configured: ConfigMaker
) -> None:
    await manager.start_training(configured(iterations=100_000))
    while manager.current_session_id is None:
        await asyncio.sleep(0.02)
    with pytest.raises(PreflightRefused, match="A run trains now"):
        await preflight.measure(configured())


async def test_cancelling_ends_the_worker_and_is_told(preflight: Preflight, configured: ConfigMaker) -> None:
    measuring = asyncio.create_task(preflight.measure(configured()))
    while (worker := worker_of(os.getpid())) is None:
        await asyncio.sleep(0.02)
    with pytest.raises(PreflightRefused, match="Another run is being measured"):
        await preflight.measure(configured())
    await preflight.cancel()
    with pytest.raises(PreflightCancelled):
        await measuring
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert (await preflight.measure(configured())).fits


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process that goes beyond RLIMIT_AS")
async def test_a_worker_whose_memory_runs_out_is_an_answer(
    manager: TrainingManager, settings: Settings, configured: ConfigMaker, tmp_path: Path
) -> None:
    """Its smallest step takes 0.7 GB, its longest 3 GB; of addresses it may have 2.4 GB, libraries included."""
    write_texts(settings.datasets / "long" / "train.jsonl", 256)
    config = configured(train_data_path="long", batch_size=256, grad_checkpoint=False, steps_per_eval=1000)
    plan = await manager.planner.plan(config)
    plan.write(tmp_path)
    limit = 2_400_000_000
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.workers.preflight", str(tmp_path)),
        stdin=PIPE,
        env=worker_environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    await worker.communicate(b"go\n")
    assert worker.returncode in OUT_OF_MEMORY
    report = PreflightReport.model_validate_json((tmp_path / REPORT_FILE).read_bytes())
    result = judged(report, config, has_validation=False)
    assert not result.fits
    assert result.verdict.startswith("It does not fit: memory ran out at a step of ")
    assert len(result.measured) >= 1
    assert [remedy.changes for remedy in result.remedies][:2] == [
        {"grad_checkpoint": True},
        {"grad_checkpoint": True, "batch_size": 128, "grad_accumulation_steps": 2},
    ][: len(result.remedies)]
    assert [remedy.fits for remedy in result.remedies] == [False] * (len(result.remedies) - 1) + [True]


def write_texts(path: Path, count: int) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps({"text": "a b" * 170}) + "\n" for _ in range(count)))


def test_remedies_are_tried_from_the_cheapest_on_until_one_fits() -> None:
    def words(limit_bytes: int, **changes: Any) -> list[tuple[dict[str, Any], bool]]:
        config = TrainingConfig(model_path="m", train_data_path="d", batch_size=4, max_seq_length=2048, **changes)
        found = measurements(limit_bytes)
        return [(remedy.changes, remedy.fits) for remedy in remedies(found, config)]

    accumulated = [
        {"batch_size": 2, "grad_accumulation_steps": 2},
        {"batch_size": 1, "grad_accumulation_steps": 4},
    ]
    assert words(7_000_000_000) == [(accumulated[0], True)]
    assert words(4_000_000_000) == [(accumulated[0], False), (accumulated[1], True)]
    assert words(2_000_000_000)[-1] == (accumulated[1] | {"max_seq_length": 512}, True)
    assert words(10)[-1] == (accumulated[1] | {"max_seq_length": 128}, False)
    assert words(7_000_000_000, grad_checkpoint=False)[0] == ({"grad_checkpoint": True}, True)


def measurements(limit_bytes: int) -> Measurements:
    """A gigabyte that is always there, and a megabyte a token."""
    shapes = [BatchShape(rows=4, width=width) for width in (500, 1000, 2000)]
    return Measurements(
        preparing_seconds=1,
        kept_bytes=10**9,
        loading_bytes=0,
        other_bytes=0,
        limit_bytes=limit_bytes,
        layers=20,
        layer_input_bytes=4000,
        lengths=[2001] * 10,
        steps=[
            MeasuredStep(
                shape=shape, first_seconds=1, seconds=1, slowest_seconds=1, peak_bytes=10**9 + 10**6 * shape.tokens
            )
            for shape in shapes
        ],
    )


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[RunningServer]:
    command: list[str | Path] = [sys.executable, "-m", "backend", "--home", settings.home, "--port", "0"]
    server = RunningServer([*command, "--no-browser"], tmp_path / "server.log", folder=REPOSITORY)
    server.address()
    yield server
    server.end()


def test_over_rest_it_ends_when_it_is_deleted_or_its_client_goes_away(
    server: RunningServer, configured: ConfigMaker
) -> None:
    url = f"{server.address()}/api/training/preflight"
    body = configured().model_dump(exclude_unset=True)

    def measure(seconds: float = 120) -> httpx.Response:
        return httpx.post(url, json=body, timeout=seconds)

    answer = measure()
    assert answer.status_code == 200, answer.text
    assert answer.json()["fits"] is True
    with ThreadPoolExecutor() as threads:
        measuring = threads.submit(measure)
        wait_for(lambda: worker_of(server.process.pid) is not None)
        assert httpx.delete(url).status_code == 204
        assert measuring.result().status_code == 409
        assert measuring.result().json()["code"] == "preflight_cancelled"
        going_away = threads.submit(measure, 1)
        wait_for(lambda: worker_of(server.process.pid) is not None)
        with pytest.raises(httpx.ReadTimeout):
            going_away.result()
    wait_for(lambda: worker_of(server.process.pid) is None)


def worker_of(pid: int) -> psutil.Process | None:
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.Error):
            if "backend.workers.preflight" in child.cmdline():
                return child
    return None


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)

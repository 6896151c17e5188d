"""Forecasts against what real pre-flights and runs then take, and what they say where nothing is known."""

import json
import shutil
import time
from pathlib import Path

import pytest

from backend.datasets.library import DatasetLibrary
from backend.errors import FieldError
from backend.models.library import ModelLibrary
from backend.settings import REPOSITORY, Settings
from backend.tokens.reader import TokenReader
from backend.training.config import TrainingConfig
from backend.training.forecast.durations import lengths_of
from backend.training.forecast.forecasting import Forecaster
from backend.training.forecast.machine import Machine, this_machine
from backend.training.forecast.speeds import Speeds
from backend.training.manager import TrainingManager
from backend.training.preflight.measuring import Preflight
from tests.tiny_models import config, make_model
from tests.training.conftest import ConfigMaker, run_to_end

ARTIFACTS = REPOSITORY / "artifacts"
BIGGER = config(
    "qwen3", hidden_size=256, intermediate_size=704, num_hidden_layers=6, num_attention_heads=4,
    num_key_value_heads=4, head_dim=64, vocab_size=12_000,
)  # fmt: skip


async def nothing() -> None:
    pass


@pytest.fixture
def speeds(settings: Settings, manager: TrainingManager) -> Speeds:
    return Speeds(settings.artifacts / ".speeds", manager.store)


@pytest.fixture
def preflight(manager: TrainingManager, speeds: Speeds) -> Preflight:
    return Preflight(manager.planner, lambda: manager.current_session_id is not None, nothing, speeds.remember)


@pytest.fixture
def forecaster(settings: Settings, manager: TrainingManager, speeds: Speeds) -> Forecaster:
    return forecaster_on(this_machine(), settings, manager, speeds)


def forecaster_on(machine: Machine, settings: Settings, manager: TrainingManager, speeds: Speeds) -> Forecaster:
    tokens = TokenReader(ModelLibrary(settings), DatasetLibrary(settings), manager.tokens)
    return Forecaster(manager.planner, tokens, speeds, lambda: machine)


def write_texts(folder: Path, characters: int, rows: int = 24) -> None:
    folder.mkdir(parents=True)
    lines = (json.dumps({"text": ("word soup " * 200)[: characters - row % 7]}) for row in range(rows))
    (folder / "train.jsonl").write_text("".join(line + "\n" for line in lines))


@pytest.mark.parametrize(
    ("model", "data", "changes"),
    [
        ("starter", "starter", {"batch_size": 8}),
        ("starter", "starter", {"batch_size": 8, "grad_checkpoint": False}),
        ("bigger", "texts", {"batch_size": 2}),
        ("bigger", "texts", {"batch_size": 2, "grad_checkpoint": False}),
        ("bigger", "texts", {"batch_size": 1, "fine_tune_type": "full"}),
    ],
)
async def test_the_measured_peak_lies_in_the_band_of_the_forecast(
    settings: Settings,
    preflight: Preflight,
    forecaster: Forecaster,
    model: str,
    data: str,
    changes: dict[str, object],
) -> None:
    if model == "starter":
        shutil.copytree(ARTIFACTS / "base_model" / "droid-starter", settings.base_models / "starter")
        shutil.copytree(ARTIFACTS / "datasets" / "starter", settings.datasets / "starter")
    else:
        make_model(settings.base_models / "bigger", BIGGER)
        write_texts(settings.datasets / "texts", 160)
    config = TrainingConfig.model_validate(
        {"model_path": model, "train_data_path": data, "iterations": 10, "lora_rank": 16} | changes
    )
    told = (await forecaster.forecast(config)).peak_memory_bytes
    measured = (await preflight.measure(config)).peak_memory_bytes
    assert measured is not None
    print(f"{model} {changes}: measured / forecast = {measured.likely / told.likely:.2f}")
    assert told.low <= measured.likely <= told.high
    assert told.high < 2 * told.low + 150e6


async def test_a_time_is_not_told_before_this_model_was_seen_at_work(
    forecaster: Forecaster, configured: ConfigMaker
) -> None:
    told = await forecaster.forecast(configured())
    assert (told.duration_seconds, told.time_source) == (None, None)
    assert told.fits
    assert told.verdict.startswith("It should fit: about 0.1 GB of ")
    assert told.remedies == []


async def test_a_time_is_told_by_a_run_that_did_the_same(
    manager: TrainingManager, forecaster: Forecaster, configured: ConfigMaker
) -> None:
    config = configured(iterations=60, steps_per_report=5, early_stop=False)
    session_id, _ = await run_to_end(manager, config)
    took = manager.store.get(session_id).duration_seconds
    told = await forecaster.forecast(config)
    assert told.time_source is not None and told.duration_seconds is not None and took is not None
    source = told.time_source
    assert (source.kind, source.session_id, source.adapter_name) == ("run", session_id, "mlx_finetune")
    assert told.duration_seconds.low / 2 <= took <= told.duration_seconds.high * 2
    longer = (await forecaster.forecast(config.model_copy(update={"iterations": 6000}))).duration_seconds
    assert longer is not None
    assert longer.likely > 5 * told.duration_seconds.likely
    other_data = config.model_copy(update={"train_data_path": "sums", "batch_size": 2})
    wider = (await forecaster.forecast(other_data)).duration_seconds
    assert wider is not None
    assert wider.high / wider.low > longer.high / longer.low


async def test_a_run_of_another_kind_tells_no_time(
    manager: TrainingManager, forecaster: Forecaster, configured: ConfigMaker
) -> None:
    await run_to_end(manager, configured())
    for changes in ({"grad_checkpoint": False}, {"fine_tune_type": "full"}, {"mask_prompt": True}):
        assert (await forecaster.forecast(configured(**changes))).duration_seconds is None, changes


async def test_a_time_is_told_by_steps_that_were_measured_also_for_other_data(
    settings: Settings, preflight: Preflight, forecaster: Forecaster, configured: ConfigMaker
) -> None:
    write_texts(settings.datasets / "texts", 300)
    began = time.time()
    measured = await preflight.measure(configured())
    same = await forecaster.forecast(configured())
    assert same.time_source is not None and same.duration_seconds is not None
    assert measured.duration_seconds is not None
    assert same.time_source.kind == "measurement"
    assert began <= same.time_source.at <= time.time()
    assert same.duration_seconds.likely == pytest.approx(measured.duration_seconds.likely, rel=0.15)
    other = (await forecaster.forecast(configured(train_data_path="texts", iterations=2000))).duration_seconds
    assert other is not None
    assert other.likely > same.duration_seconds.likely


async def test_where_it_does_not_fit_the_change_that_would_make_it_fit_is_told(
    settings: Settings, manager: TrainingManager, speeds: Speeds, configured: ConfigMaker
) -> None:
    write_texts(settings.datasets / "texts", 1200)
    config = configured(train_data_path="texts", batch_size=16, grad_checkpoint=False)
    small = forecaster_on(Machine(memory_bytes=300_000_000, float_bytes=4), settings, manager, speeds)
    told = await small.forecast(config)
    assert not told.fits
    assert told.verdict.startswith(("It may just not fit", "It does not fit"))
    changes = told.remedies[-1].changes
    assert told.remedies[-1].fits and changes["grad_checkpoint"] is True
    assert (await small.forecast(config.model_copy(update=changes))).fits


async def test_data_that_cannot_be_read_is_refused_at_its_field(
    forecaster: Forecaster, configured: ConfigMaker
) -> None:
    with pytest.raises(FieldError, match="There is no data 'absent'") as refused:
        await forecaster.forecast(configured(train_data_path="absent"))
    assert refused.value.fields[0]["field"] == "train_data_path"


async def test_lengths_stand_for_all_rows_with_the_longest_among_them(
    settings: Settings, manager: TrainingManager, configured: ConfigMaker
) -> None:
    forecaster = forecaster_on(this_machine(), settings, manager, Speeds(settings.artifacts, manager.store))
    train = (await forecaster._statistics(configured())).splits["train"]
    lengths = lengths_of(train)
    assert len(lengths) == train.rows
    assert max(lengths) == train.longest
    assert sum(lengths) == pytest.approx(train.tokens, rel=0.1)

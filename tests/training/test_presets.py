"""Presets of settings: what they follow from, and that a run can be started with each of them as it is."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from backend.datasets.schemas import SuggestedSettings
from backend.errors import AppError
from backend.main import create_app
from backend.settings import REPOSITORY, Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.planning.learning_rate import suggested_learning_rate
from backend.training.planning.validation import check_values, warn_about_values
from backend.training.presets.facts import Batching, Epoch, Facts, batching_for
from backend.training.presets.presets import presets
from backend.training.presets.schemas import Preset, PresetSettings
from backend.training.presets.suggesting import suggest
from backend.workers.training.data.batching import TrainingBatches
from backend.workers.training.run import read_examples
from tests.training.conftest import ConfigMaker, write_chats

CONFIG = TrainingConfig(model_path="model", train_data_path="data")
MEASURED = SuggestedSettings(
    iterations=150,
    batch_size=8,
    learning_rate=5e-4,
    max_seq_length=128,
    steps_per_report=5,
    steps_per_eval=10,
    save_every=50,
)


def facts(**changes: Any) -> Facts:
    usual: dict[str, Any] = {
        "rows": 2000,
        "p99": 300,
        "longest": 400,
        "validation_rows": 100,
        "parameters": 500_000_000,
        "hidden_size": 896,
        "context_length": 32768,
    }
    return Facts(**(usual | changes))


def three(known: Facts, config: TrainingConfig = CONFIG, truncated: int = 0) -> list[Preset]:
    """With batches as if all rows were of one length."""
    batching = batching_for(known)
    epoch = Epoch(math.ceil(known.rows / batching.batch_size), known.rows * 200, truncated)
    return presets(config, known, batching, epoch)


def with_preset(preset: Preset, config: TrainingConfig = CONFIG) -> TrainingConfig:
    return config.model_copy(update=preset.settings.model_dump())


def test_three_passes_are_a_solid_run_and_twice_as_many_a_thorough_one() -> None:
    quick, solid, thorough = three(facts())
    assert [(it.name, it.iterations, it.epochs) for it in (quick, solid, thorough)] == [
        ("quick", 40, 40 / 250),
        ("solid", 750, 3),
        ("thorough", 1500, 6),
    ]
    assert solid.settings == PresetSettings(
        iterations=750,
        batch_size=8,
        batch_tokens=None,
        grad_accumulation_steps=1,
        learning_rate=5.3e-4,
        lr_schedule="constant",
        warmup_steps=0,
        max_seq_length=448,
        steps_per_report=20,
        steps_per_eval=50,
        save_every=200,
        val_batches=-1,
        early_stop=True,
        patience=3,
    )
    assert (solid.tokens, thorough.tokens) == (3 * 400_000, 6 * 400_000)
    assert (thorough.settings.lr_schedule, thorough.settings.warmup_steps) == ("cosine", 45)
    assert (quick.settings.early_stop, quick.settings.learning_rate) == (False, 8.0e-4)


def test_each_says_why_with_its_numbers() -> None:
    assert [preset.why for preset in three(facts())] == [
        "40 steps over 320 of the 2,000 rows show whether the loss falls, before more time is spent.",
        "3 passes over 2,000 rows, 750 steps of 8 rows; it validates every 50 steps and stops after "
        "3 validations that are no better.",
        "Twice as long as the solid run, up to 6 passes over 2,000 rows, 1,500 steps of 8 rows, with a learning rate "
        "that falls to zero by the last step; it validates every 50 steps and stops after 5 validations that are no "
        "better.",
    ]
    cut = three(facts(longest=9000), truncated=19)[1]
    assert cut.settings.max_seq_length == 320
    assert "; rows are cut at 320 tokens, which keeps 99% of them whole; " in cut.why


def test_without_validation_data_nothing_stops_early_and_no_run_is_longer() -> None:
    _, solid, thorough = three(facts(validation_rows=0))
    assert solid.iterations == thorough.iterations == 750
    assert not solid.settings.early_stop
    assert not thorough.settings.early_stop
    assert solid.why.endswith("; there is no validation data to tell when to stop.")
    assert thorough.why.endswith(
        "; no more passes than in the solid run, since there is no validation data to tell when to stop."
    )


def test_settings_measured_for_the_data_are_the_solid_run() -> None:
    measured = MEASURED.model_copy(update={"steps_per_report": 7, "steps_per_eval": 13, "save_every": 31})
    known = facts(rows=434, measured=measured)
    assert batching_for(known) == Batching(8, 1, 128)
    quick, solid, thorough = presets(CONFIG, known, batching_for(known), Epoch(55, 16970, 0))
    assert solid.settings.model_dump().items() >= measured.model_dump().items()
    assert solid.epochs == pytest.approx(150 / 55)
    assert {it.settings.learning_rate for it in (quick, thorough)} == {5e-4}
    assert {it.settings.max_seq_length for it in (quick, thorough)} == {128}
    assert solid.why == (
        "The settings that the data set brings as measured on this model: 2.7 passes over 434 rows, "
        "150 steps of 8 rows."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Batching(8, 1, 448)),
        ({"longest": 601}, Batching(8, 1, 320)),  # more than twice what 99% have: those few are cut
        ({"longest": 600}, Batching(8, 1, 640)),
        ({"p99": 3000, "longest": 3000}, Batching(2, 4, 3008)),
        ({"p99": 3000, "longest": 3000, "parameters": 7e9}, Batching(1, 8, 3008)),
        ({"parameters": 3e9}, Batching(8, 1, 448)),
        ({"parameters": 7e9}, Batching(4, 2, 448)),
        ({"p99": 3000, "longest": 3000, "context_length": 1000}, Batching(8, 1, 1000)),
        ({"context_length": None}, Batching(8, 1, 448)),
        ({"rows": 63}, Batching(4, 1, 448)),
        ({"rows": 20}, Batching(2, 1, 448)),
        ({"rows": 1}, Batching(1, 1, 448)),
    ],
    ids=str,
)
def test_batches_follow_from_lengths_rows_and_the_model(changes: dict[str, Any], expected: Batching) -> None:
    assert batching_for(facts(**changes)) == expected


@pytest.mark.parametrize(
    ("rows", "steps", "passes"), [(1, 10, 10), (30, 105, 7), (500, 189, 3), (16_000, 2000, 1), (80_000, 10_000, 1)]
)
def test_few_rows_are_read_more_often_and_many_less(rows: int, steps: int, passes: int) -> None:
    solid = three(facts(rows=rows))[1]
    assert (solid.iterations, round(solid.epochs)) == (steps, passes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fine_tune_type": "full"},
        {"lora_rank": 8, "lora_alpha": 16.0},
        {"use_rslora": True},
        {"lora_scale": 10.0},
    ],
    ids=str,
)
def test_the_learning_rate_is_the_one_suggested_for_the_method(changes: dict[str, Any]) -> None:
    config = CONFIG.model_copy(update=changes)
    for preset in three(facts(), config):
        suggested = suggested_learning_rate(with_preset(preset, config), 896)
        assert preset.settings.learning_rate == pytest.approx(suggested, rel=0.05)


@given(
    st.builds(
        facts,
        rows=st.integers(1, 2_000_000),
        p99=st.integers(2, 20_000),
        longest=st.integers(20_000, 100_000),
        validation_rows=st.integers(0, 50_000),
        parameters=st.integers(100_000, 100_000_000_000),
        hidden_size=st.integers(128, 16_384),
        context_length=st.none() | st.integers(128, 200_000),
        measured=st.none() | st.just(MEASURED),
    )
)
def test_every_preset_is_a_run_without_complaint(known: Facts) -> None:
    config = CONFIG.model_copy(update={"warmup_steps": 5000, "batch_tokens": 7})
    quick, solid, thorough = three(known, config)
    assert quick.iterations <= solid.iterations <= thorough.iterations
    for preset in (quick, solid, thorough):
        chosen = with_preset(preset, config)
        check_values(chosen, None)
        assert warn_about_values(chosen) == []
        assert preset.settings.steps_per_eval <= preset.iterations
        assert preset.settings.steps_per_report <= preset.iterations
        assert preset.iterations == preset.settings.iterations
        assert preset.why.count(". ") == 0
        assert preset.why.endswith(".")


async def test_a_pass_is_what_the_run_takes_for_it(manager: TrainingManager, configured: ConfigMaker) -> None:
    solid = (await suggest(configured(mask_prompt=True), manager.planner))[1]
    plan = await manager.planner.plan(with_preset(solid, configured(mask_prompt=True)))
    assert not [warning for warning in plan.warnings if "cut" in warning]
    train, _ = read_examples(plan)
    batches = TrainingBatches(train, solid.settings.batch_size, None, 0)
    drawn = itertools.islice(batches.starting_at(0), solid.iterations)
    assert sum(batch.tokens for batch in drawn) == round(solid.epochs) * sum(example.targets for example in train)
    assert solid.epochs == solid.iterations / batches.batches_per_epoch
    assert solid.tokens == round(solid.epochs) * sum(len(example.ids) - 1 for example in train)


async def test_validation_data_of_its_own_counts(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    write_chats(settings.home / "other.jsonl", range(9))
    write_chats(settings.home / "alone.jsonl", range(40))
    alone = configured(train_data_path="alone.jsonl")
    assert not (await suggest(alone, manager.planner))[1].settings.early_stop
    checked = alone.model_copy(update={"val_data_path": "other.jsonl"})
    assert (await suggest(checked, manager.planner))[1].settings.early_stop


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"model_path": "none"}, "There is no model 'none'", "model_path"),
        ({"train_data_path": "none"}, "There is no data 'none'", "train_data_path"),
        ({"lora_rank": 0}, "The LoRA rank must be at least 1", "lora_rank"),
        ({"lora_num_layers": 99}, "", "lora_num_layers"),
    ],
    ids=str,
)
async def test_what_no_preset_changes_is_refused_in_words(
    manager: TrainingManager, configured: ConfigMaker, changes: dict[str, Any], sentence: str, field: str
) -> None:
    with pytest.raises(AppError) as refused:
        await suggest(configured(**changes), manager.planner)
    assert refused.value.detail.startswith(sentence)
    assert [one["field"] for one in refused.value.fields] == [field]


async def test_data_that_teaches_nothing_is_refused_in_words(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    rows = [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}]
    (settings.home / "silent.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (settings.base_models / "tiny" / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "chat_template": "x"})
    )
    with pytest.raises(AppError, match=r"Nothing in silent\.jsonl can be learned: no row carries loss\."):
        await suggest(configured(train_data_path="silent.jsonl"), manager.planner)


def test_the_starter_gets_its_measured_settings_over_rest(tmp_path: Path) -> None:
    """And what is wrong in the form with fields that presets set stands in nobody's way."""
    settings = Settings(home=tmp_path)
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        asked = {"model_path": "droid-starter", "train_data_path": "starter", "batch_size": 0, "iterations": -1}
        answer = client.post("/api/training/presets", json=asked)
        again = client.post("/api/training/presets", json=asked)
    release_home(settings)
    assert answer.status_code == 200, answer.text
    assert answer.json() == again.json()
    solid = answer.json()[1]
    card = json.loads((REPOSITORY / "artifacts" / "datasets" / "starter" / "dataset.json").read_text())
    assert solid["settings"].items() >= card["suggested"]["droid-starter"].items()
    assert [preset["title"] for preset in answer.json()] == ["A quick look", "A solid run", "A thorough run"]

"""Settings saved as YAML, and what is made of texts that people wrote or were sent."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.problems import answer_problems
from backend.settings import Settings
from backend.training.manager import TrainingManager
from backend.training.schemas import ConfigChanges
from backend.training.settings_files.library import SettingsFiles
from backend.training.settings_files.reading import SettingsUnreadable, read_settings
from backend.training.settings_files.routes import router
from tests.training.conftest import ConfigMaker

VOICE = {"model_path": "tiny", "train_data_path": "sums", "iterations": 300, "learning_rate": 5e-5}


@pytest.fixture
def client(settings: Settings) -> httpx.AsyncClient:
    app = FastAPI()
    app.state.settings = settings
    app.state.settings_files = SettingsFiles(settings)
    app.include_router(router, prefix="/api")
    answer_problems(app)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://studio/api/training"
    )


def taken(text: str) -> dict[str, Any]:
    read = read_settings(text)
    assert read.problems == []
    return read.settings.model_dump(exclude_unset=True)


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in read_settings(text).problems]


async def test_what_is_saved_is_read_again_and_nothing_else_is_set(client: httpx.AsyncClient) -> None:
    answer = await client.put("/settings/voice", json=VOICE)
    assert answer.status_code == 200, answer.text
    (listed,) = (await client.get("/settings")).json()
    assert listed == answer.json()
    assert {**listed, "saved_at": 0.0} == {
        "name": "voice",
        "saved_at": 0.0,
        "model_path": "tiny",
        "train_data_path": "sums",
        "problem": None,
    }
    saved = (await client.get("/settings/voice")).json()
    yaml = "model_path: tiny\ntrain_data_path: sums\nlearning_rate: 5.0e-05\niterations: 300\n"
    assert saved == {"name": "voice", "yaml": yaml, "settings": VOICE, "problems": []}


async def test_a_taken_name_is_replaced_only_where_that_is_said(client: httpx.AsyncClient) -> None:
    await client.put("/settings/voice", json=VOICE)
    refused = await client.put("/settings/voice", json={"iterations": 8})
    assert (refused.status_code, refused.json()["code"]) == (409, "settings_exist")
    assert (await client.get("/settings/voice")).json()["settings"] == VOICE
    assert (await client.put("/settings/voice?replace=true", json={"iterations": 8})).status_code == 200
    assert (await client.get("/settings/voice")).json()["settings"] == {"iterations": 8}
    assert (await client.delete("/settings/voice")).status_code == 204
    assert (await client.get("/settings/voice")).status_code == 404
    assert (await client.delete("/settings/voice")).status_code == 404


@pytest.mark.parametrize("name", ["..", "a%2Fb", "best", ".hidden", "%00", "a" * 129])
async def test_a_name_that_is_no_safe_file_name_is_refused(
    client: httpx.AsyncClient, settings: Settings, name: str
) -> None:
    assert (await client.put(f"/settings/{name}", json=VOICE)).status_code in (400, 404, 405)
    assert not (settings.artifacts / "settings").exists()


async def test_a_file_beyond_reading_hides_no_other(client: httpx.AsyncClient, settings: Settings) -> None:
    await client.put("/settings/voice", json=VOICE)
    (settings.artifacts / "settings" / "broken.yaml").write_bytes(b"\xff\xfe\x00")
    listed = {saved["name"]: saved["problem"] for saved in (await client.get("/settings")).json()}
    assert listed == {"voice": None, "broken": "broken.yaml is not UTF-8 text."}
    refused = await client.get("/settings/broken")
    assert (refused.status_code, refused.json()["code"]) == (400, "settings_unreadable")


async def test_the_settings_of_every_run_are_read_whole(
    client: httpx.AsyncClient, manager: TrainingManager, configured: ConfigMaker
) -> None:
    """Both the settings that a run is given out with and its whole file."""
    config = configured(lora_keys=["self_attn.q_proj"], targets="custom", rank_pattern={"*.q_proj": 8})
    session = await manager.start_training(config)
    expected = manager.store.plan(session.id).config.model_dump(mode="json")
    whole_file = (manager.store.folder(session.id) / "config.yaml").read_text()
    for text in (manager.store.config_yaml(session.id), whole_file):
        answer = await client.post("/settings/read", content=text, headers={"Content-Type": "application/yaml"})
        assert answer.json() == {"settings": expected, "problems": []}


def test_numbers_are_read_as_people_write_them() -> None:
    assert taken("learning_rate: 1e-4\nbatch_size: 4\nearly_stop: no\nlora_keys: [mlp.*]") == {
        "learning_rate": 1e-4,
        "batch_size": 4,
        "early_stop": False,
        "lora_keys": ["mlp.*"],
    }
    assert taken('{"iterations": 12, "weight_decay": null}') == {"iterations": 12, "weight_decay": None}


def test_unknown_fields_are_named_with_the_nearest_and_the_rest_is_taken() -> None:
    read = read_settings("learnin_rate: 1e-4\niters: 300\nzzz: 1\nbatch_size: 8\nbatch_size: 9")
    assert read.settings.model_dump(exclude_unset=True) == {"batch_size": 8}
    assert [(problem.line, problem.field, problem.message) for problem in read.problems] == [
        (1, "learnin_rate", "There is no field 'learnin_rate'; did you mean 'learning_rate'?"),
        (2, "iters", "There is no field 'iters'; it is called 'iterations' here."),
        (3, "zzz", "There is no field 'zzz'."),
        (5, "batch_size", "'batch_size' is named twice; the first one holds."),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch_size: many", "'batch_size' is a whole number, such as 1, not 'many'."),
        ("batch_size: 1.5", "'batch_size' is a whole number, such as 1, not 1.5."),
        ("batch_size: yes", "'batch_size' is a whole number, such as 1, not True."),
        ("learning_rate: .nan", "'learning_rate' is a number, such as 0.0001, not nan."),
        ("early_stop: sometimes", "'early_stop' is true or false, not 'sometimes'."),
        ("optimizer: AdamX", "'optimizer' is one of adamw, adam, sgd, adafactor, muon, not 'AdamX'; "),
        ("lora_keys: mlp", "'lora_keys' is a list of words, such as [self_attn.q_proj, mlp.*], not 'mlp'."),
        ("rank_pattern: 8", "'rank_pattern' is a number for each of several modules, such as {attention: 8}, not 8."),
        ("model_path: [a]", "'model_path' is a text, not ['a']."),
        ("seed: !!python/object:os.system x", "'seed' cannot be read: could not determine a constructor for the tag "),
        ("seed: &a [*a]", "'seed' cannot be read: found unconstructable recursive node."),
        ("? [a, b]\n: 1", "There is no field '?'."),
    ],
)
def test_a_wrong_value_is_answered_with_what_would_be_right(text: str, message: str) -> None:
    ((line, said),) = problems(text)
    assert line == 1
    assert said.startswith(message)


BOMB = "lora_keys: &a [1]\n" + "\n".join(
    f"lora_keys: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(20)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Write one setting a line"),
        ("- learning_rate", "Write one setting a line"),
        ("just words", "Write one setting a line"),
        ("batch_size: [1\nseed: 2", "This is not YAML: line 2: expected ',' or ']', but got ':'."),
        ("seed: \x00", "This is not YAML: special characters are not allowed."),
        ("a: 1\n---\nb: 2", "This is not YAML: line 2: but found another document."),
        ("[" * 5000, "This is no settings file: it is nested too deeply."),
        ("seed: 1\n" * 20_000, "This is no settings file: it has 160,000 characters"),
    ],
)
def test_a_text_that_is_no_list_of_settings_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(SettingsUnreadable) as refused:
        read_settings(text)
    assert refused.value.detail.startswith(message)


def test_a_text_that_would_unfold_without_end_is_answered_at_once() -> None:
    assert len(problems(BOMB)) == 21


def test_every_field_is_read_as_it_is_written(tmp_path: Path, configured: ConfigMaker) -> None:
    files = SettingsFiles(Settings(home=tmp_path))
    config = configured()
    files.save("all", ConfigChanges(**config.model_dump()), replace=False)
    assert files.get("all").settings.model_dump() == config.model_dump()

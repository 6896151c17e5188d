"""Base models over REST, with the real inspector behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.models.config import read_config
from backend.models.fingerprint import fingerprint
from backend.models.fits import fits
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.routes import router
from backend.problems import answer_problems
from backend.settings import Settings
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = FastAPI()
    answer_problems(app)
    app.include_router(router, prefix="/api")
    app.state.models = ModelLibrary(settings)
    app.state.inspector = Inspector(settings.logs / "inspector.log")
    with TestClient(app) as client:
        yield client
        assert client.portal is not None
        client.portal.call(app.state.inspector.close)


def test_models_are_a_plain_list(client: TestClient, settings: Settings) -> None:
    make_model(settings.base_models / "tiny")
    (settings.base_models / "junk").mkdir()

    answer = client.get("/api/models")

    listed = [model.model_dump() for model in ModelLibrary(settings).list()]
    assert (answer.status_code, answer.json()) == (200, listed)
    assert [model["name"] for model in listed] == ["junk", "tiny"]


def test_a_model_comes_with_profile_and_fingerprint(client: TestClient, settings: Settings) -> None:
    folder = make_model(settings.base_models / "tiny", CONFIGS["mixtral"])

    answer = client.get("/api/models/tiny")

    expected = ModelLibrary(settings).describe(folder).model_dump()
    profile = read_profile(folder)
    expected |= {"profile": profile.model_dump(), "fingerprint": fingerprint(folder)}
    expected |= {"fits": [fit.model_dump() for fit in fits(folder, read_config(folder), profile)]}
    assert (answer.status_code, answer.json()) == (200, expected)


@pytest.mark.parametrize("name", ["nothing", "..%2Ftiny", "%2e%2e"])
def test_an_unknown_model_is_404_with_a_sentence(name: str, client: TestClient, settings: Settings) -> None:
    make_model(settings.base_models / "tiny")

    answer = client.get(f"/api/models/{name}")

    assert answer.status_code == 404
    assert set(answer.json()) >= {"detail", "code"}


def test_a_folder_that_is_no_model_is_400_with_its_sentence(client: TestClient, settings: Settings) -> None:
    folder = settings.base_models / "odd"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "quen2"}')

    answer = client.get("/api/models/odd")

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "detail": "odd is of the model type quen2, which mlx-lm does not know; "
            "the nearest type that it knows is qwen2.",
            "code": "model_refused",
        },
    )

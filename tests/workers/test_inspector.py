"""Profiles, asked of the real inspector: a process of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.errors import AppError
from backend.models.inspector import Inspector
from backend.resident_worker import ResidentWorker
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inspector(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inspector]:
    inspector = Inspector(tmp_path_factory.mktemp("logs") / "inspector.log")
    yield inspector
    await inspector.close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model(tmp_path / "model")


async def test_the_profile_is_that_of_the_folder(inspector: Inspector, model: Path) -> None:
    assert await inspector.profile(model) == read_profile(model)


async def test_what_nobody_foresaw_is_named_and_told_in_the_log(tmp_path: Path) -> None:
    worker = ResidentWorker("backend.workers.inspector", tmp_path / "inspector.log")
    with pytest.raises(AppError) as failed:
        await worker.call("profile", {"nothing": "of use"})
    await worker.close()
    assert failed.value.message() == {
        "detail": "The worker could not do this (KeyError); its log in artifacts/.logs says why.",
        "code": "worker_failed",
        "status_code": 500,
    }
    assert "KeyError: 'folder'" in (tmp_path / "inspector.log").read_text()


async def test_a_profile_is_kept_by_the_content_of_its_config(
    inspector: Inspector, model: Path, tmp_path: Path
) -> None:
    first = await inspector.profile(model)
    again = await inspector.profile(make_model(tmp_path / "copy"))
    other = await inspector.profile(make_model(model, CONFIGS["gpt2"]))

    assert again is first
    assert other == read_profile(model)
    assert other.model_type == "gpt2"

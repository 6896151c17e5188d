"""A tiny model, and the real worker that reads tokens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.tokens.worker import TokenWorker
from tests.tiny_models import make_model


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TokenWorker]:
    worker = TokenWorker(tmp_path_factory.mktemp("logs") / "token_reader.log")
    yield worker
    await worker.close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model(tmp_path / "model")

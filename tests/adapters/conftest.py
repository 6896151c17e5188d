from pathlib import Path

import pytest

from backend.lora.profile import ModelProfile
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 of four layers."""
    return make_model(tmp_path_factory.mktemp("models") / "tiny", {**CONFIGS["qwen2"], "num_hidden_layers": 4})


@pytest.fixture(scope="session")
def profile(base: Path) -> ModelProfile:
    return read_profile(base)

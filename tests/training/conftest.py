"""A home with a tiny model and little data, and a manager for it."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from backend.settings import Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.events import TrainingEvent
from backend.training.manager import TrainingManager
from tests.tiny_models import make_model


def write_chats(path: Path, numbers: range) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"What is {number} and {number % 7}?"},
                {"role": "assistant", "content": f"It is {number + number % 7}" + "!" * (number % 11)},
            ]
        }
        for number in numbers
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def settings(tmp_path: Path, tiny: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    shutil.copytree(tiny, settings.base_models / "tiny")
    write_chats(settings.datasets / "sums" / "train.jsonl", range(40))
    write_chats(settings.datasets / "sums" / "valid.jsonl", range(100, 107))
    return settings


@pytest.fixture
async def manager(settings: Settings) -> AsyncIterator[TrainingManager]:
    manager = TrainingManager(settings)
    yield manager
    await manager.close()
    release_home(settings)


ConfigMaker = Callable[..., TrainingConfig]


@pytest.fixture
def configured() -> ConfigMaker:
    """A config of a run of a second or two; keyword arguments change it."""

    def configure(**changes: Any) -> TrainingConfig:
        few: dict[str, Any] = {
            "model_path": "tiny",
            "train_data_path": "sums",
            "iterations": 20,
            "batch_size": 4,
            "learning_rate": 1e-3,
            "steps_per_report": 5,
            "steps_per_eval": 10,
            "save_every": 10,
            "lora_rank": 4,
            "lora_alpha": 4.0,
        }
        return TrainingConfig(**(few | changes))

    return configure


async def run_to_end(manager: TrainingManager, config: TrainingConfig) -> tuple[str, list[TrainingEvent]]:
    """The session's id and its events, once it has ended."""
    session = await manager.start_training(config)
    async for _ in manager.store.follow(session.id):
        pass
    return session.id, manager.store.events(session.id)

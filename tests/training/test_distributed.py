"""Runs that two real processes share, over MLX's ring on this machine."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import psutil
import pytest

from backend.settings import Settings
from backend.training.events import Finished, Paused, Started, Train, Validation
from backend.training.manager import TrainingManager
from backend.training.resume import saved_iteration
from tests.training.conftest import ConfigMaker
from tests.training.test_resume import prepared, started, wait_for

RUN: dict[str, Any] = {
    "iterations": 12,
    "batch_size": 3,
    "grad_accumulation_steps": 2,
    "lora_dropout": 0.0,
    "mask_prompt": True,
    "lr_schedule": "cosine",
    "warmup_steps": 2,
    "max_grad_norm": 1.0,
    "save_every": 6,
    "steps_per_eval": 6,
    "steps_per_report": 1,
    "early_stop": False,
}
TWO: dict[str, Any] = RUN | {"local_processes": 2}


def finish(session: Path) -> None:
    assert started(session).wait(timeout=120) == 0, (session / "output.log").read_text()[-2000:]


def tensors(adapter: Path) -> dict[str, np.ndarray]:
    loaded: Any = mx.load(str(adapter / "adapters.safetensors"))
    return {name: np.array(value) for name, value in loaded.items()}


async def test_two_processes_learn_what_one_does(
    manager: TrainingManager, configured: ConfigMaker, settings: Settings
) -> None:
    curves = {}
    for name, changes in (("one", RUN), ("two", TWO)):
        session = await prepared(manager, configured, name, **changes)
        finish(session)
        events = manager.store.events(session.name)
        curves[name] = [
            event.train_loss if isinstance(event, Train) else event.val_loss
            for event in events
            if isinstance(event, Train | Validation)
        ]
        assert [event.type for event in events].count("started") == 1
        assert isinstance(events[-1], Finished)
        assert events[-1].outcome == "completed"
    assert len(curves["one"]) == 12 + 3
    assert curves["two"] == pytest.approx(curves["one"], abs=1e-5)
    one, two = tensors(settings.adapters / "one"), tensors(settings.adapters / "two")
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-4, atol=1e-6)

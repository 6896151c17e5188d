"""Every model type of mlx-lm answers in batches of unlike adapters as each row alone, or says why it cannot."""

from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_unflatten

from backend.workers.inference.adapter_files import LowRank, read_adapter
from backend.workers.inference.batching import WRONG_IN_BATCHES, batching_obstacle
from backend.workers.profile import read_profile
from tests.architectures.every import plan_for, prepared, save, trainable
from tests.architectures.test_every_type import TRAINABLE
from tests.inference.slots_bench import Row, Together, alone, identical, same, together
from tests.tiny_adapters import changed
from tests.tiny_configs import every_config
from tests.tiny_models import random_model

PROMPTS = [[1, 40, 3, 200], [5, 6, 7, 8, 9, 10, 11], [77, 12], [9, 30, 31, 32, 33]]
NO_MERGE = {"llama4"}
"""Whose caches cannot be merged."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("module", TRAINABLE)
def test_rows_answer_together_as_alone_or_the_obstacle_is_said(module: str, tmp_path: Path) -> None:
    settings = every_config(module)
    one, other = adapters(settings, tmp_path)
    rows = [Row(PROMPTS[0]), Row(PROMPTS[1], one, 2.0), Row(PROMPTS[2], other, 1.5), Row(PROMPTS[3], one, 2.0)]
    model = random_model(settings).eval()
    assert (batching_obstacle(model) is not None) == (module in WRONG_IN_BATCHES.keys() | NO_MERGE)
    expected = [alone(model, row) for row in rows]
    if batching_obstacle(model):
        assert not answers_well(model, rows, expected)
    else:
        assert answers_well(model, rows, expected)
        bare = together(random_model(settings).eval(), [Row(prompt) for prompt in PROMPTS])
        assert identical(together(model, rows)[0], bare[0])


def answers_well(model: nn.Module, rows: list[Row], expected: list[list[tuple[int, mx.array]]]) -> bool:
    """Two rows from the beginning, two that join."""
    batch = Together(model)
    try:
        uids = batch.join(rows[:2])
        batch.step()
        batch.step()
        uids += batch.join(rows[2:])
        answers = batch.finish()
    except (ValueError, TypeError, AttributeError):
        return False
    return all(same(answers[uid], steps) for uid, steps in zip(uids, expected, strict=True))


def adapters(settings: dict[str, object], folder: Path) -> list[LowRank]:
    """One of all that LoRA can adapt, one of every second module with another rank."""
    preset = {module.path for module in plan_for(settings, folder).modules}
    keys = [
        module.path
        for module in read_profile(folder).modules
        if module.path in preset or (module.layer is None and not module.tied)
    ]
    made = []
    for at, of_adapter in enumerate([keys, keys[::2]]):
        plan = plan_for(settings, folder, targets="custom", lora_keys=of_adapter, lora_rank=4 - at)
        model = prepared(settings, plan)
        mx.random.seed(at + 1)
        model.update(tree_unflatten([(name, changed(name, value, 0.2)) for name, value in trainable(model).items()]))
        read = read_adapter(save(model, plan).rename(folder / str(at)) / "adapters.safetensors")
        assert isinstance(read, LowRank)
        mx.eval([[factors.a, factors.b] for factors in read.factors.values()])
        made.append(read)
    return made

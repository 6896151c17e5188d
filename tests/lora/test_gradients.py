"""Every module that is resolved really learns: it is called, and the loss has a gradient for it."""

import json
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.lora.paths import relative_key
from backend.lora.targets import resolve_targets
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, VOCABULARY, random_model

TOKENS = 48


def lora_tensors(model: nn.Module) -> dict[str, mx.array]:
    arrays: list[tuple[str, mx.array]] = tree_flatten(model.parameters())  # type: ignore[assignment]
    return {name: array for name, array in arrays if name.endswith((".lora_a", ".lora_b"))}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_loss_has_a_gradient_for_every_adapted_module(name: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIGS[name]))
    targets = resolve_targets(read_profile(tmp_path), "full")
    model = random_model(CONFIGS[name])
    linear_to_lora_layers(model, -1, {"rank": 2, "scale": 1.0, "dropout": 0.0, "keys": list(targets.keys)})
    tensors = {path: mx.random.normal(tensor.shape) * 0.1 for path, tensor in lora_tensors(model).items()}
    tokens = mx.random.randint(0, VOCABULARY, (4, TOKENS))

    def loss(adapter: dict[str, mx.array]) -> mx.array:
        model.update(tree_unflatten(list(adapter.items())))
        logits = model(tokens[:, :-1])
        return nn.losses.cross_entropy(logits.astype(mx.float32), tokens[:, 1:], reduction="mean")

    gradients = mx.grad(loss)(tensors)

    still = {
        relative_key(path.rpartition(".")[0])
        for path, gradient in gradients.items()
        if not (mx.isfinite(gradient).all() and (gradient != 0).any())
    }
    assert still == set()
    assert {path.rpartition(".")[0] for path in gradients} == {module.path for module in targets.modules}

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.workers.base_model import load_base
from backend.workers.training.batching import collate
from backend.workers.training.encoding import Encoded
from backend.workers.training.losses import mean_loss
from backend.workers.training.recompute import DropoutKeys, key_dropout, wrap_layers

KEYS = ["self_attn.q_proj", "mlp.down_proj"]
BATCH = collate([Encoded(np.arange(3, 40, dtype=np.int32), np.ones(37, dtype=bool), 37)])


def save_gradient(folder: str, dropout: float, recompute: bool, file: str) -> None:
    """Gradient of a model with non-zero LoRA factors, under the dropout masks of one key."""
    model, _ = load_base(Path(folder))
    model.freeze()
    mx.random.seed(1)
    linear_to_lora_layers(model, -1, {"rank": 4, "scale": 1.0, "dropout": dropout, "keys": KEYS})
    for _, module in model.named_modules():
        if "lora_b" in module:
            module.lora_b = mx.random.normal(module.lora_b.shape) * 0.1
    keys = DropoutKeys()
    key_dropout(model, keys)
    wrap_layers(model.layers, keys, recompute)
    model.train()
    keys.begin(mx.random.key(7))
    _, tree = nn.value_and_grad(model, mean_loss)(model, BATCH.inputs, BATCH.positions, BATCH.labels, BATCH.weights)
    arrays: Any = tree_flatten(tree, destination={})
    mx.save_safetensors(file, arrays)


def gradient(folder: Path, dropout: float, recompute: bool) -> dict[str, mx.array]:
    """In a process of its own, since wrapped layer classes stay wrapped."""
    file = folder / f"gradient-{dropout}-{recompute}.safetensors"
    call = f"save_gradient({str(folder)!r}, {dropout}, {recompute}, {str(file)!r})"
    code = f"from tests.training.test_recompute import save_gradient; {call}"
    subprocess.run([sys.executable, "-c", code], check=True)
    tensors: Any = mx.load(str(file))
    return dict(tensors)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_gradient_is_the_same_with_and_without_recomputing(tiny: Path, dropout: float) -> None:
    plain, recomputed = (gradient(tiny, dropout, recompute) for recompute in (False, True))
    assert plain.keys() == recomputed.keys()
    assert len(plain) == 8
    for name, value in plain.items():
        assert float(np.abs(np.array(value)).max()) > 0
        np.testing.assert_allclose(np.array(recomputed[name]), np.array(value), rtol=1e-4, atol=1e-6)

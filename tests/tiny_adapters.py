"""Makes adapters on disk exactly as mlx-lm's own trainer writes them, with factors that plainly change the answers."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model

ATTENTION = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"]
SEVEN = [*ATTENTION, "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def make_adapter(
    folder: Path,
    base: Path,
    *,
    keys: list[str] | None = SEVEN,
    rank: int = 4,
    scale: float = 1.0,
    num_layers: int = -1,
    seed: int = 1,
    strength: float = 0.3,
    alpha: float | None = None,
    provenance: dict[str, Any] | None = None,
) -> Path:
    """Both files of an adapter for the model in `base`; `keys` None leaves them out of the config."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters: dict[str, Any] = {"rank": rank, "dropout": 0.0, "scale": scale}
    parameters |= ({} if keys is None else {"keys": keys}) | ({} if alpha is None else {"alpha": alpha})
    model, _ = load_model(base)
    model.freeze()
    linear_to_lora_layers(model, num_layers, parameters)
    mx.random.seed(seed)
    trainable = dict(tree_flatten(model.trainable_parameters()))
    weights = {name: mx.random.normal(tensor.shape) * strength / scale for name, tensor in trainable.items()}
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    config = {
        "model": str(base),
        "fine_tune_type": "lora",
        "num_layers": num_layers,
        "lora_parameters": parameters,
        "optimizer": "adam",
        "iters": 10,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=4))
    if provenance is not None:
        (folder / "provenance.json").write_text(json.dumps(provenance))
    return folder


def read_weights(file: Path) -> dict[str, mx.array]:
    weights = mx.load(str(file))
    assert isinstance(weights, dict)
    return weights

"""Makes adapters on disk exactly as mlx-lm's own trainer writes them, with factors that plainly change the answers."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model

from backend.lora.methods import Method

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
    method: Method = "lora",
) -> Path:
    """Both files of an adapter for the model in `base`; `keys` None leaves them out of the config.

    `method` full gives whole weights of the last layers, with -1 of all of them: what lies outside stays as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters: dict[str, Any] = {"rank": rank, "dropout": 0.0, "scale": scale}
    parameters |= ({} if keys is None else {"keys": keys}) | ({} if alpha is None else {"alpha": alpha})
    model, _ = load_model(base)
    model.freeze()
    if method == "full":
        for layer in model.layers[-max(num_layers, 0) :]:
            layer.unfreeze()
    else:
        linear_to_lora_layers(model, num_layers, parameters, use_dora=method == "dora")
    mx.random.seed(seed)
    trainable: Any = tree_flatten(model.trainable_parameters())
    weights = {name: changed(name, tensor, strength / scale) for name, tensor in trainable}
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    config = {
        "model": str(base),
        "fine_tune_type": method,
        "num_layers": num_layers,
        "lora_parameters": parameters,
        "optimizer": "adam",
        "iters": 10,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=4))
    if provenance is not None:
        (folder / "provenance.json").write_text(json.dumps(provenance))
    return folder


def changed(name: str, tensor: mx.array, strength: float) -> mx.array:
    """Factors are drawn anew, as B begins with zeros; magnitudes and weights move by as much as they measure."""
    drawn = mx.random.normal(tensor.shape) * strength
    return drawn if name.endswith((".lora_a", ".lora_b")) else tensor + drawn * tensor


def read_weights(file: Path) -> dict[str, mx.array]:
    weights = mx.load(str(file))
    assert isinstance(weights, dict)
    return weights

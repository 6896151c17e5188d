"""A trained model as mlx-lm reads adapters: the tensors, adapter_config.json, and where it comes from."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from backend.adapters.folder import read_record
from backend.errors import AppError
from backend.lora.ranks import saved_rank, saved_scale
from backend.training.plan import RunPlan, saved_lora_parameters

VERSIONED = ("mlx", "mlx-lm", "transformers")


def adapter_tensors(model: nn.Module, plan: RunPlan) -> dict[str, mx.array]:
    """What `adapters.safetensors` holds, by name: one rank and one multiplier for all modules, as mlx-lm reads them.

    A smaller rank is padded with zeros, and a multiplier of its own is folded into lora_b: the same function.
    """
    tensors: dict[str, mx.array] = dict(tree_flatten(model.trainable_parameters()))
    rank, scale = saved_rank(plan.modules), saved_scale(plan.modules)
    for module in plan.modules if plan.config.fine_tune_type != "full" else ():
        a, b = f"{module.path}.lora_a", f"{module.path}.lora_b"
        if module.scale != scale:
            tensors[b] = tensors[b] * (module.scale / scale)
        if module.rank != rank:
            for name in (a, b):
                tensors[name] = _padded(tensors[name], rank_axis(name, tensors[name]), rank)
    return tensors


def from_saved(tensors: dict[str, mx.array], plan: RunPlan, file: str) -> dict[str, mx.array]:
    """The inverse of `adapter_tensors`: the function that the file was saved as, under this run's multipliers.

    The file's multiplier is what the adapter_config.json beside it records; without one, this run's own is taken.
    Raises AppError where a module uses more than the rank that it has here.
    """
    rank, recorded = saved_rank(plan.modules), read_record(Path(file).parent).lora.scale
    scale = saved_scale(plan.modules) if recorded is None else recorded
    restored = dict(tensors)
    for module in plan.modules:
        for name in (f"{module.path}.lora_a", f"{module.path}.lora_b"):
            if name not in tensors or tensors[name].shape[rank_axis(name, tensors[name])] != rank:
                continue
            kept, padding = mx.split(tensors[name], [module.rank], axis=rank_axis(name, tensors[name]))
            if mx.any(padding != 0).item():
                raise AppError(f"{file} has more than rank {module.rank} in {name}, which is the rank of this run.")
            factor = scale / module.scale if name.endswith(".lora_b") else 1.0
            restored[name] = kept if factor == 1 else kept * factor
    return restored


def rank_axis(name: str, tensor: mx.array) -> int:
    """Which axis of a LoRA factor is the rank's: (in, r) and (r, out), for experts (E, r, in) and (E, out, r)."""
    first = name.endswith(".lora_b") if tensor.ndim == 2 else name.endswith(".lora_a")
    return tensor.ndim - 2 if first else tensor.ndim - 1


def _padded(tensor: mx.array, axis: int, length: int) -> mx.array:
    widths = [(0, length - size if index == axis else 0) for index, size in enumerate(tensor.shape)]
    return mx.pad(tensor, widths)


def adapter_config(plan: RunPlan) -> dict[str, Any]:
    config = plan.config
    lora = {} if config.fine_tune_type == "full" else {"lora_parameters": saved_lora_parameters(plan)}
    return {
        "model": str(plan.model_folder),
        "fine_tune_type": config.fine_tune_type,
        "num_layers": config.lora_num_layers or -1,
        **lora,
        "learning_rate": config.learning_rate,
        "batch_size": config.batch_size,
        "iters": config.iterations,
        "max_seq_length": config.max_seq_length,
        "mask_prompt": config.mask_prompt,
        "optimizer": config.optimizer,
        "seed": config.seed,
    }


def provenance(plan: RunPlan, session_id: str, base_tensors: Mapping[str, str]) -> dict[str, Any]:
    """Where the adapter comes from, for recognising its base model wherever that lies, and what was edited since.

    `base_tensors` are the digests of the base's weights, `scale` the multiplier that the update was trained with.
    """
    return {
        "base_model": plan.model_name,
        "base_fingerprint": plan.base_fingerprint,
        "session_id": session_id,
        "scale": None if plan.config.fine_tune_type == "full" else saved_scale(plan.modules),
        "data": plan.data_name,
        "data_sha256": plan.data_sha256,
        "versions": {package: version(package) for package in VERSIONED},
        "base_tensors": dict(base_tensors),
    }

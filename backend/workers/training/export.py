"""A trained model as mlx-lm reads adapters: the tensors, adapter_config.json, and where it comes from."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from backend.training.plan import RunPlan, lora_parameters

VERSIONED = ("mlx", "mlx-lm", "transformers")


def adapter_tensors(model: nn.Module, plan: RunPlan) -> dict[str, mx.array]:
    """What `adapters.safetensors` holds, by name."""
    return dict(tree_flatten(model.trainable_parameters()))


def adapter_config(plan: RunPlan) -> dict[str, Any]:
    config = plan.config
    return {
        "model": str(plan.model_folder),
        "fine_tune_type": config.fine_tune_type,
        "num_layers": config.lora_num_layers or -1,
        "lora_parameters": lora_parameters(config, plan.keys),
        "learning_rate": config.learning_rate,
        "batch_size": config.batch_size,
        "iters": config.iterations,
        "max_seq_length": config.max_seq_length,
        "mask_prompt": config.mask_prompt,
        "optimizer": config.optimizer,
        "seed": config.seed,
    }


def provenance(plan: RunPlan, session_id: str) -> dict[str, Any]:
    """Where the adapter comes from, for recognising its base model wherever that lies."""
    files = {"train": plan.train_file, "valid": plan.valid_file}
    return {
        "base_model": plan.model_name,
        "base_fingerprint": plan.base_fingerprint,
        "session_id": session_id,
        "data": plan.data_name,
        "data_sha256": {part: _sha256(path) for part, path in files.items() if path is not None},
        "versions": {package: version(package) for package in VERSIONED},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

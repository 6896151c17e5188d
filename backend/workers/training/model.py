"""Makes a base model trainable: LoRA layers on exactly the planned modules, everything else frozen."""

from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.errors import AppError
from backend.training.plan import RunPlan, lora_parameters
from backend.workers.training.recompute import DropoutKeys, key_dropout, wrap_layers


def attach_lora(model: nn.Module, plan: RunPlan) -> None:
    """LoRA as mlx-lm attaches it, `lora_a` drawn from the seed. Raises AppError unless the plan is met exactly."""
    config = plan.config
    model.freeze()
    mx.random.seed(config.seed)
    linear_to_lora_layers(model, config.lora_num_layers, lora_parameters(config, plan.keys))
    adapted = sorted(path for path, module in model.named_modules() if "lora_a" in module)
    if adapted != sorted(plan.modules):
        different = sorted(set(adapted) ^ set(plan.modules))
        raise AppError(
            f"mlx-lm adapted other modules than planned, such as {different[0]}; this is a fault of this program."
        )
    if config.resume_adapter_file is not None:
        _load_weights(model, config.resume_adapter_file)


def prepare_layers(model: nn.Module, plan: RunPlan) -> DropoutKeys | None:
    """Gradient checkpointing and dropout as configured. The keys have to be begun at every step where there are any."""
    keys = DropoutKeys() if plan.config.lora_dropout > 0 else None
    if keys is not None:
        key_dropout(model, keys)
    wrap_layers(model.layers, keys, plan.config.grad_checkpoint)
    return keys


def count_parameters(model: nn.Module) -> int:
    parameters: Any = tree_flatten(model.trainable_parameters(), destination={})
    return sum(value.size for value in parameters.values())


def _load_weights(model: nn.Module, file: str) -> None:
    expected: Any = tree_flatten(model.trainable_parameters(), destination={})
    tensors: Any = mx.load(file)
    for name, value in expected.items():
        if name not in tensors:
            raise AppError(f"{file} has no {name}: it is an adapter with other modules than this run's.")
        if tensors[name].shape != value.shape:
            raise AppError(
                f"{file} has {name} with shape {tensors[name].shape}, this run needs {value.shape}: "
                "start from an adapter of the same rank and base model."
            )
    extra = sorted(set(tensors) - set(expected))
    if extra:
        raise AppError(f"{file} also has {extra[0]}: it is an adapter with other modules than this run's.")
    model.load_weights(list(tensors.items()), strict=False)
    mx.eval(model.trainable_parameters())

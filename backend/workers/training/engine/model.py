"""Makes a base model trainable as planned: LoRA, DoRA or its own weights; everything else stays frozen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.dora import DoRAEmbedding, DoRALinear
from mlx_lm.tuner.lora import LoRAEmbedding, LoRALinear, LoRASwitchLinear

from backend.errors import AppError
from backend.lora.methods import Method
from backend.lora.profile import Group
from backend.lora.ranks import AdaptedModule
from backend.training.plan import RunPlan
from backend.workers.module_tree import can_train, layers, parameter_groups
from backend.workers.training.engine.kernels import use_differentiable_kernels
from backend.workers.training.engine.recompute import DropoutKeys, key_dropout, wrap_layers
from backend.workers.training.saving.export import from_saved


def attach(model: nn.Module, plan: RunPlan) -> None:
    """Make exactly the planned parameters trainable. Raises AppError where the model lacks one of the planned modules.

    LoRA factors are drawn from the seed in the order in which mlx-lm draws them. A run that starts from a file has its
    weights, whatever was drawn.
    """
    config = plan.config
    _complete(model)
    use_differentiable_kernels(model)
    model.freeze()
    mx.random.seed(config.seed)
    if config.fine_tune_type == "full":
        _unfreeze(model, config.lora_num_layers)
    else:
        _adapt(model, plan)
    if config.resume_adapter_file is not None:
        _load_weights(model, config.resume_adapter_file, plan)


def trainable_by_group(model: nn.Module, plan: RunPlan) -> dict[str, int]:
    """How many parameters train in each target group, the largest first. The model has been attached to."""
    groups: dict[str, Group] = {module.path: module.group for module in plan.modules}
    if plan.config.fine_tune_type == "full":
        groups = {name: group for name, (_, group) in parameter_groups(model).items()}
    counts: dict[str, int] = {}
    for name, value in _trainable(model).items():
        group = groups[name] if name in groups else groups[name.rpartition(".")[0]]
        counts[group] = counts.get(group, 0) + value.size
    return dict(sorted(counts.items(), key=lambda entry: -entry[1]))


def prepare_layers(model: nn.Module, plan: RunPlan) -> DropoutKeys | None:
    """Gradient checkpointing and dropout as configured. The keys have to be begun at every step where there are any."""
    keys = DropoutKeys() if plan.config.lora_dropout > 0 else None
    if keys is not None:
        key_dropout(model, keys)
    wrap_layers(model.layers, keys, plan.config.grad_checkpoint)
    return keys


def _complete(model: nn.Module) -> None:
    """Give modules that never called `nn.Module.__init__` (recurrent_gemma) what `freeze` needs."""
    for module in model.modules():
        if not hasattr(module, "_no_grad"):
            module._no_grad = set()
        if not hasattr(module, "_training"):
            module._training = False


def _unfreeze(model: nn.Module, num_layers: int) -> None:
    """The last `num_layers` layers, or with -1 and 0 the whole model, but for what has no gradient."""
    paths = {id(module): path for path, module in model.named_modules()}
    for part in [model] if num_layers <= 0 else layers(model)[-num_layers:]:
        for module in part.modules():
            own = {f"{paths[id(module)]}.{name}": name for name in module if not name.startswith("_")}
            arrays = {path: name for path, name in own.items() if isinstance(module[name], mx.array)}
            learning = [name for path, name in arrays.items() if can_train(path, module[name])]
            module.unfreeze(recurse=False, keys=learning)


def _adapt(model: nn.Module, plan: RunPlan) -> None:
    planned = {module.path: module for module in plan.modules}
    there = dict(model.named_modules())
    missing = [path for path in planned if path not in there]
    if missing:
        raise AppError(f"The model has no {missing[0]}, which this run was to adapt; plan the run again.")
    paths = {id(module): path for path, module in there.items()}
    for layer in layers(model):
        prefix = f"{paths[id(layer)]}."
        _replace(layer, {key: planned.get(prefix + key) for key, _ in layer.named_modules() if key in plan.keys}, plan)
    rest = [(path, module) for path, module in model.named_modules() if path in planned and "lora_a" not in module]
    _replace(model, {path: planned[path] for path, _ in rest}, plan)


def _replace(root: nn.Module, adapted: Mapping[str, AdaptedModule | None], plan: RunPlan) -> None:
    """Put adapters in the place of the modules of `root` that are planned, in the order given."""
    config = plan.config
    modules = dict(root.named_modules())
    replaced = [
        (path, _adapter(modules[path], module, config.fine_tune_type, config.lora_dropout))
        for path, module in adapted.items()
        if module is not None
    ]
    if replaced:
        root.update_modules(tree_unflatten(replaced))


def _adapter(module: nn.Module, planned: AdaptedModule, method: Method, dropout: float) -> nn.Module:
    """The module with a trainable update beside it. lora_a, lora_b: (in, rank), (rank, out); float32."""
    dora = method == "dora"
    if isinstance(module, (SwitchLinear, QuantizedSwitchLinear)):
        kind: Any = LoRASwitchLinear
    elif isinstance(module, (nn.Embedding, nn.QuantizedEmbedding)):
        kind = DoRAEmbedding if dora else LoRAEmbedding
    else:
        kind = DoRALinear if dora else LoRALinear
    adapter: nn.Module = kind.from_base(module, r=planned.rank, dropout=dropout, scale=planned.scale)
    return adapter


def _load_weights(model: nn.Module, file: str, plan: RunPlan) -> None:
    """Start from a saved file of the same modules and ranks. Raises AppError for any other."""
    expected = _trainable(model)
    if not Path(file).is_file():
        raise AppError(f"The adapter file to start from, {file}, is not there any more; put it back.")
    saved: Any = mx.load(file)
    tensors: dict[str, mx.array] = saved if plan.config.fine_tune_type == "full" else from_saved(saved, plan, file)
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
    model.load_weights([(name, tensors[name].astype(value.dtype)) for name, value in expected.items()], strict=False)
    mx.eval(model.trainable_parameters())


def _trainable(model: nn.Module) -> dict[str, mx.array]:
    return dict(tree_flatten(model.trainable_parameters()))

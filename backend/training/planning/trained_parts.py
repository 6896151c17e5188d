"""What a run trains of a model, by its method: which modules, at which ranks, how many parameters. Pure, no MLX."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import FieldError
from backend.lora.count import module_parameters
from backend.lora.methods import dora_obstacle
from backend.lora.profile import GROUPS, ModelProfile, Module
from backend.lora.ranks import AdaptedModule, adapted_modules
from backend.lora.targets import last_layers, resolve_targets
from backend.training.config import TrainingConfig
from backend.training.schemas import ModuleGroup


@dataclass(frozen=True)
class TrainedParts:
    """`groups` count all trained parameters exactly, by key or, for full fine-tuning, by target group."""

    keys: list[str]
    modules: list[AdaptedModule]
    groups: list[ModuleGroup]
    notes: list[str]


def trained_parts(profile: ModelProfile, config: TrainingConfig) -> TrainedParts:
    """Raises FieldError where the method cannot train this model, or a choice of modules matches nothing."""
    if config.fine_tune_type == "full":
        return _whole_weights(profile, config)
    targets = resolve_targets(profile, config.targets, config.lora_num_layers, config.lora_keys)
    if config.fine_tune_type == "dora":
        _check_dora(targets.modules)
    adapted = adapted_modules(targets.modules, config)
    return TrainedParts(
        keys=list(targets.keys),
        modules=adapted,
        groups=_groups_by_key(targets.keys, targets.modules, adapted, config.fine_tune_type == "dora"),
        notes=list(targets.notes),
    )


def _whole_weights(profile: ModelProfile, config: TrainingConfig) -> TrainedParts:
    """The last layers' own parameters, or with all layers the whole model's."""
    if profile.quantized:
        raise FieldError(
            "fine_tune_type",
            "This base model is quantised, and quantised weights cannot be trained. Choose LoRA, which trains beside "
            "them, or an unquantised copy of the model.",
        )
    modules = last_layers(profile, config.lora_num_layers)
    whole = config.lora_num_layers <= 0
    first = 0 if whole else profile.num_layers - config.lora_num_layers
    chosen = profile.modules if whole else modules
    counts = [count for count in profile.parameters if whole or (count.layer is not None and count.layer >= first)]
    parameters = {group: sum(count.parameters for count in counts if count.group == group) for group in GROUPS}
    return TrainedParts(
        keys=[],
        modules=[AdaptedModule(path=module.path, group=module.group, rank=0, scale=1.0) for module in chosen],
        groups=[
            ModuleGroup(
                key=group, modules=sum(module.group == group for module in chosen), parameters=parameters[group]
            )
            for group in GROUPS
            if parameters[group]
        ],
        notes=[f"Full fine-tuning of {'the whole model' if whole else f'the last {config.lora_num_layers} layers'}"],
    )


def _check_dora(modules: Sequence[Module]) -> None:
    for module in modules:
        if obstacle := dora_obstacle(module):
            raise FieldError("fine_tune_type", f"{obstacle}. {_in_place_of_dora(module)}")


def _in_place_of_dora(module: Module) -> str:
    if module.experts is not None:
        return "Choose LoRA, or keep DoRA and choose the attention alone."
    if module.kind == "quantized_embedding":
        return "Leave it out, or choose LoRA."
    return "Choose LoRA, or a base model of other bits."


def _groups_by_key(
    keys: Sequence[str], modules: Sequence[Module], adapted: Sequence[AdaptedModule], dora: bool
) -> list[ModuleGroup]:
    groups = {key: ModuleGroup(key=key, modules=0, parameters=0) for key in keys}
    for module, planned in zip(modules, adapted, strict=True):
        group = groups[module.path if module.path in groups else module.key]
        group.modules += 1
        group.parameters += module_parameters(module, planned.rank, dora)
    return list(groups.values())

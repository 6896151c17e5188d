"""From what a person asked for to a plan that will run: resolves paths, targets and names, checks model and data."""

import asyncio
import itertools
import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from backend.adapters.tensors import read_tensors
from backend.datasets.library import DataFiles, DatasetLibrary
from backend.errors import AppError, Conflict, FieldError
from backend.lora.count import trainable_parameters
from backend.lora.paths import relative_key
from backend.lora.profile import ModelProfile
from backend.lora.targets import Targets, resolve_targets
from backend.models.config import layer_count, read_config
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import ConfigWarning
from backend.names import LONGEST_NAME, check_new_name
from backend.settings import Settings
from backend.training.config import TrainingConfig
from backend.training.inputs import data_sha256
from backend.training.plan import RunPlan
from backend.training.schemas import ModuleGroup, TrainingEstimate
from backend.training.validation import check_values, warn_about_values

logger = logging.getLogger(__name__)


class AdapterExists(Conflict):
    code = "adapter_exists"


class Planner:
    def __init__(self, settings: Settings, models: ModelLibrary, datasets: DatasetLibrary, inspector: Inspector):
        self.settings = settings
        self.models = models
        self.datasets = datasets
        self.inspector = inspector

    def validate(self, config: TrainingConfig) -> list[ConfigWarning]:
        """Raises InvalidConfig; what is only unusual, a model that cannot be read included, comes back as warnings."""
        warnings = []
        layers = None
        try:
            layers = layer_count(read_config(self.models.resolve(config.model_path)))
        except AppError as error:
            warnings.append(ConfigWarning(field="model_path", message=f"The model cannot be read: {error.detail}"))
        check_values(config, layers)
        warnings += warn_about_values(config)
        for warning in warnings:
            logger.warning(warning.message)
        return warnings

    async def estimate(self, config: TrainingConfig) -> TrainingEstimate:
        profile = await self.inspector.profile(self.models.resolve(config.model_path))
        check_values(config, profile.num_layers)
        targets = _targets(profile, config)
        trainable = trainable_parameters(targets.modules, config.lora_rank)
        return TrainingEstimate(
            model_type=profile.model_type,
            total_parameters=profile.total_parameters,
            trainable_parameters=trainable,
            trainable_percent=100 * trainable / profile.total_parameters,
            num_layers=profile.num_layers,
            adapted_layers=config.lora_num_layers if config.lora_num_layers > 0 else profile.num_layers,
            adapted_modules=len(targets.modules),
            scale=config.scale,
            groups=_groups(targets, config.lora_rank),
            notes=list(targets.notes),
            warnings=warn_about_values(config),
        )

    async def plan(self, config: TrainingConfig) -> RunPlan:
        """Everything that can be wrong is found here. The adapter's name is not taken yet: see `with_adapter_name`."""
        model = self.models.resolve(config.model_path)
        profile = await self.inspector.profile(model)
        check_values(config, profile.num_layers)
        targets = _targets(profile, config)
        check_new_name(config.adapter_name, "adapter_name")
        files = self.datasets.resolve(config.train_data_path, config.val_data_path)
        check = await self.inspector.check_run(
            model, files.train, files.valid, config.max_seq_length, config.mask_prompt
        )
        config = config.model_copy(update={"resume_adapter_file": self._resume_file(config, targets)})
        return RunPlan(
            config=config,
            model_name=model.name,
            data_name=files.name,
            model_folder=model.resolve(),
            base_fingerprint=fingerprint(model),
            train_file=files.train,
            valid_file=files.valid,
            data_sha256=await asyncio.to_thread(data_sha256, files.train, files.valid),
            adapter_folder=self.settings.adapters / config.adapter_name,
            keys=list(targets.keys),
            modules=[module.path for module in targets.modules],
            notes=list(targets.notes),
            warnings=[warning.message for warning in [*warn_about_values(config), *check.warnings, *_missing(files)]],
        )

    def with_adapter_name(self, plan: RunPlan, reserved: Collection[str]) -> RunPlan:
        """The plan under a name that is free, or that may be replaced. `reserved` names wait in the queue."""
        config = plan.config
        given = "adapter_name" in config.model_fields_set
        name = config.adapter_name
        if name in reserved and config.on_existing != "new_name" and given:
            raise AdapterExists(
                f"The name '{name}' is reserved by a run that waits or trains; choose another.",
                fields=[{"field": "adapter_name", "message": "A run that waits or trains has this name."}],
            )
        if self._taken(name, reserved) and (not given or config.on_existing == "new_name"):
            name = next(new for new in numbered(name) if not self._taken(new, reserved))
        elif self._taken(name, reserved) and config.on_existing == "refuse":
            raise AdapterExists(
                f"There is an adapter '{name}' already. Choose another name, "
                "or say on_existing 'new_name' or 'replace'.",
                fields=[{"field": "adapter_name", "message": "There is an adapter with this name already."}],
            )
        return plan.model_copy(
            update={
                "config": config.model_copy(update={"adapter_name": name}),
                "adapter_folder": self.settings.adapters / name,
            }
        )

    def _taken(self, name: str, reserved: Collection[str]) -> bool:
        return name in reserved or (self.settings.adapters / name).exists()

    def _resume_file(self, config: TrainingConfig, targets: Targets) -> str | None:
        if config.resume_adapter_file is None:
            return None
        path = self.settings.home / config.resume_adapter_file
        if path.suffix != ".safetensors" or not path.is_file():
            raise FieldError(
                "resume_adapter_file", f"There is no adapter file {path}; name an adapters.safetensors to start from."
            )
        _check_same_adapter(path, config.lora_rank, targets)
        return str(path)


def numbered(name: str) -> Iterator[str]:
    """name-2, name-3 and so on, shortened where a folder's name may not be longer."""
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield name[: LONGEST_NAME - len(suffix)] + suffix


def _targets(profile: ModelProfile, config: TrainingConfig) -> Targets:
    return resolve_targets(profile, config.targets, config.lora_num_layers, config.lora_keys)


def _missing(files: DataFiles) -> list[ConfigWarning]:
    if files.valid is not None:
        return []
    message = "There is no validation data, so nothing tells which step was best, and no run stops early."
    return [ConfigWarning(field="val_data_path", message=message)]


def _check_same_adapter(file: Path, rank: int, targets: Targets) -> None:
    """A run begins with another adapter's weights only where they are for the same modules at the same rank."""
    tensors = read_tensors(file)
    expected = {f"{module.path}.{factor}" for module in targets.modules for factor in ("lora_a", "lora_b")}
    different = sorted(expected ^ set(tensors))
    if different:
        raise FieldError(
            "resume_adapter_file",
            f"{file} is an adapter of other modules than this run's ({different[0]} is only in one of the two). "
            "Start from an adapter that was made with the same choice of modules and layers.",
        )
    ranks = {tensors[f"{module.path}.lora_a"].shape[-2 if module.experts else -1] for module in targets.modules}
    if ranks != {rank}:
        raise FieldError(
            "resume_adapter_file",
            f"{file} has rank {', '.join(map(str, sorted(ranks)))}, this run has {rank}: they must be the same.",
        )


def _groups(targets: Targets, rank: int) -> list[ModuleGroup]:
    groups = []
    for key in targets.keys:
        modules = [module for module in targets.modules if key in (module.path, relative_key(module.path))]
        groups.append(ModuleGroup(key=key, modules=len(modules), parameters=trainable_parameters(modules, rank)))
    return groups

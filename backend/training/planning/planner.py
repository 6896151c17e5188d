"""From what a person asked for to a plan that will run: resolves paths, targets and names, checks model and data."""

import asyncio
import itertools
import logging
import re
from collections.abc import Collection, Iterator, Sequence

from backend.datasets.library import DataFiles, DatasetLibrary
from backend.errors import AppError, Conflict, FieldError
from backend.lora.ranks import AdaptedModule
from backend.models.config import layer_count, read_config
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import ConfigWarning
from backend.names import LONGEST_NAME, check_new_name
from backend.settings import Settings
from backend.tokens.messages import RunToCheck
from backend.tokens.schemas import RunCheck
from backend.tokens.worker import TokenWorker
from backend.training.config import TrainingConfig
from backend.training.inputs import data_sha256
from backend.training.plan import RunPlan
from backend.training.planning.learning_rate import comparable_learning_rate, suggested_learning_rate
from backend.training.planning.resume_adapter import check_same_adapter
from backend.training.planning.trained_parts import trained_parts
from backend.training.planning.validation import check_values, warn_about_values
from backend.training.schemas import TrainingEstimate

logger = logging.getLogger(__name__)


class AdapterExists(Conflict):
    code = "adapter_exists"


class Planner:
    def __init__(
        self,
        settings: Settings,
        models: ModelLibrary,
        datasets: DatasetLibrary,
        inspector: Inspector,
        tokens: TokenWorker,
    ) -> None:
        self.settings = settings
        self.models = models
        self.datasets = datasets
        self.inspector = inspector
        self.tokens = tokens

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
        trained = trained_parts(profile, config)
        trainable = sum(group.parameters for group in trained.groups)
        return TrainingEstimate(
            model_type=profile.model_type,
            total_parameters=profile.total_parameters,
            trainable_parameters=trainable,
            trainable_percent=100 * trainable / profile.total_parameters,
            num_layers=profile.num_layers,
            adapted_layers=config.lora_num_layers if config.lora_num_layers > 0 else profile.num_layers,
            adapted_modules=len(trained.modules),
            scale=config.scale,
            groups=trained.groups,
            suggested_learning_rate=suggested_learning_rate(config, profile.hidden_size),
            comparable_learning_rate=comparable_learning_rate(config),
            notes=trained.notes,
            warnings=warn_about_values(config),
        )

    async def plan(self, config: TrainingConfig) -> RunPlan:
        """Everything that can be wrong is found here. The adapter's name is not taken yet: see `with_adapter_name`."""
        model = self.models.resolve(config.model_path)
        await self.tokens.warm_up()
        profile = await self.inspector.profile(model)
        check_values(config, profile.num_layers)
        trained = trained_parts(profile, config)
        check_new_name(config.adapter_name, "adapter_name")
        files = self.datasets.resolve(config.train_data_path, config.val_data_path)
        check = await self.tokens.check_run(
            RunToCheck(
                folder=model,
                train=files.train,
                valid=files.valid,
                max_seq_length=config.max_seq_length,
                mask_prompt=config.mask_prompt,
                train_on_turns=config.train_on_turns,
                batch_tokens=config.batch_tokens,
            )
        )
        warnings = [*warn_about_values(config), *check.warnings, *_missing(files), *_more_than_all(config, check)]
        config = config.model_copy(update={"resume_adapter_file": self._resume_file(config, trained.modules)})
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
            keys=trained.keys,
            modules=trained.modules,
            notes=trained.notes,
            warnings=[warning.message for warning in warnings],
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
            unnumbered = re.sub(r"-[0-9]+$", "", name)
            stem = unnumbered if self._taken(unnumbered, reserved) else name
            name = next(new for new in numbered(stem) if not self._taken(new, reserved))
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

    def _resume_file(self, config: TrainingConfig, modules: Sequence[AdaptedModule]) -> str | None:
        if config.resume_adapter_file is None:
            return None
        path = self.settings.home / config.resume_adapter_file
        if path.suffix != ".safetensors" or not path.is_file():
            raise FieldError(
                "resume_adapter_file", f"There is no adapter file {path}; name an adapters.safetensors to start from."
            )
        check_same_adapter(path, config.fine_tune_type, modules)
        return str(path)


def numbered(name: str) -> Iterator[str]:
    """name-2, name-3 and so on, shortened where a folder's name may not be longer."""
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield name[: LONGEST_NAME - len(suffix)] + suffix


def _more_than_all(config: TrainingConfig, check: RunCheck) -> list[ConfigWarning]:
    if config.batch_tokens is not None or config.batch_size <= check.train_examples:
        return []
    message = (
        f"A batch of {config.batch_size} is more than the {check.train_examples} examples that there are: "
        "every step trains on all of them."
    )
    return [ConfigWarning(field="batch_size", message=message)]


def _missing(files: DataFiles) -> list[ConfigWarning]:
    if files.valid is not None:
        return []
    message = "There is no validation data, so nothing tells which step was best, and no run stops early."
    return [ConfigWarning(field="val_data_path", message=message)]

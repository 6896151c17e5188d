"""Gathers what presets are made from: the model's profile, and statistics of the data with its tokenizer."""

from pathlib import Path

from backend.datasets.library import DataFiles
from backend.datasets.schemas import Split
from backend.errors import FieldError
from backend.models.config import context_length, read_config
from backend.tokens.messages import Measure
from backend.tokens.schemas import LARGEST_WHOLE, DataStatistics
from backend.training.config import TrainingConfig
from backend.training.planning.planner import Planner
from backend.training.planning.validation import check_values
from backend.training.presets.facts import Batching, Epoch, Facts, batching_for
from backend.training.presets.presets import presets
from backend.training.presets.schemas import Preset, PresetSettings

WHOLE = Batching(batch_size=1, grad_accumulation_steps=1, max_seq_length=LARGEST_WHOLE)


async def suggest(config: TrainingConfig, planner: Planner) -> list[Preset]:
    """Raises AppError for a model or data that cannot be used, and for settings that no preset changes."""
    model = planner.models.resolve(config.model_path)
    files = planner.datasets.resolve(config.train_data_path, config.val_data_path)
    await planner.tokens.warm_up()
    profile = await planner.inspector.profile(model)
    check_values(_with_defaults(config), profile.num_layers)
    whole = await _statistics(config, planner, model, files, WHOLE)
    train = whole.splits["train"]
    valid = whole.splits.get("valid")
    facts = Facts(
        rows=train.rows - train.without_loss,
        p99=train.p99,
        longest=train.longest,
        validation_rows=valid.rows - valid.without_loss if valid else 0,
        parameters=profile.total_parameters,
        hidden_size=profile.hidden_size,
        context_length=context_length(read_config(model)),
        measured=planner.datasets.suggested(files, model.name),
    )
    batching = batching_for(facts)
    cut = await _statistics(config, planner, model, files, batching)
    if not cut.batches_per_epoch:
        raise FieldError("train_data_path", f"Nothing in {files.train.name} can be learned: no row carries loss.")
    epoch = Epoch(cut.batches_per_epoch, cut.tokens_per_epoch, cut.splits["train"].truncated)
    return presets(config, facts, batching, epoch)


async def _statistics(
    config: TrainingConfig, planner: Planner, model: Path, files: DataFiles, batching: Batching
) -> DataStatistics:
    splits: dict[Split, Path] = {"train": files.train}
    if files.valid is not None:
        splits["valid"] = files.valid
    return await planner.tokens.statistics(
        Measure(
            folder=model,
            files=splits,
            max_seq_length=batching.max_seq_length,
            mask_prompt=config.mask_prompt,
            train_on_turns=config.train_on_turns,
            batch_size=batching.batch_size,
            batch_tokens=None,
            grad_accumulation_steps=batching.grad_accumulation_steps,
        )
    )


def _with_defaults(config: TrainingConfig) -> TrainingConfig:
    """What is wrong in a field that every preset sets stands in nobody's way."""
    fields = TrainingConfig.model_fields
    return config.model_copy(update={name: fields[name].get_default() for name in PresetSettings.model_fields})

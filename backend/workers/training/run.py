"""Everything of a run up to its first step: load, encode, attach, and say what will be trained."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from backend.datasets.formats import read_rows
from backend.errors import AppError
from backend.models.fingerprint import fingerprint
from backend.training.events import Started, Warned
from backend.training.plan import RunPlan, lora_parameters
from backend.workers.base_model import device_name, load_base, read_tokenizer
from backend.workers.profile import read_profile
from backend.workers.training.batching import training_batches, validation_batches
from backend.workers.training.checkpoint import AdapterFolder
from backend.workers.training.encoding import Encoded, encode_all
from backend.workers.training.export import VERSIONED
from backend.workers.training.loop import TrainingLoop
from backend.workers.training.model import attach_lora, count_parameters, prepare_layers
from backend.workers.training.reporter import Reporter
from backend.workers.training.step import Stepper


def prepare(session_folder: Path, reporter: Reporter, asked_to_stop: Callable[[], bool]) -> TrainingLoop:
    plan = RunPlan.read(session_folder)
    config = plan.config
    for note in plan.notes:
        reporter.say(note)
    for warning in plan.warnings:
        reporter.report(Warned(message=warning))
    if fingerprint(plan.model_folder) != plan.base_fingerprint:
        raise AppError(f"The base model in {plan.model_folder} was changed while the run waited; start it again.")
    tokenizer = read_tokenizer(plan.model_folder)

    def encoded(file: Path) -> list[Encoded]:
        examples = encode_all(read_rows(file), tokenizer, config.max_seq_length, config.mask_prompt)
        return [example for example in examples if example.targets]

    adapter = AdapterFolder(plan, session_folder.name)
    train = encoded(plan.train_file)
    if not train:
        raise AppError(f"{plan.train_file} holds nothing to learn any more; it was changed while the run waited.")
    valid = encoded(plan.valid_file) if plan.valid_file else []
    model, _ = load_base(plan.model_folder)
    attach_lora(model, plan)
    keys = prepare_layers(model, plan)
    stepper = Stepper(model, config.optimizer, config.learning_rate, config.seed, keys)
    announce(plan, reporter, count_parameters(model), len(train), len(valid))
    return TrainingLoop(
        config=config,
        model=model,
        stepper=stepper,
        train=training_batches(train, config.batch_size, config.seed),
        validation=validation_batches(valid, config.batch_size, config.val_batches, config.seed),
        adapter=adapter,
        reporter=reporter,
        asked_to_stop=asked_to_stop,
    )


def announce(plan: RunPlan, reporter: Reporter, trainable: int, train_examples: int, validation_examples: int) -> None:
    config = plan.config
    profile = read_profile(plan.model_folder)
    alpha = lora_parameters(config, plan.keys)["alpha"]
    reporter.say(
        f"LoRA Configuration: rank={config.lora_rank}, alpha={alpha}, dropout={config.lora_dropout}, "
        f"layers={config.lora_num_layers}, keys={len(plan.keys)}"
    )
    reporter.report(
        Started(
            model=plan.model_name,
            model_type=profile.model_type,
            device=device_name(),
            versions={package: version(package) for package in VERSIONED},
            total_parameters=profile.total_parameters,
            trainable_parameters=trainable,
            trainable_percent=100 * trainable / profile.total_parameters,
            keys=plan.keys,
            adapted_modules=len(plan.modules),
            iterations=config.iterations,
            train_examples=train_examples,
            validation_examples=validation_examples,
        )
    )

"""Everything of a run up to its first step: load, encode, attach, take up what was saved, say what will be trained."""

import time
from importlib.metadata import version
from pathlib import Path

import mlx.nn as nn

from backend.datasets.formats import read_rows
from backend.errors import AppError
from backend.models.config import read_config
from backend.models.digests import tensor_digests
from backend.training.events import Started, Warned
from backend.training.inputs import check_unchanged
from backend.training.plan import RunPlan
from backend.workers.base_model import device_name, load_base, read_tokenizer
from backend.workers.profile import read_profile
from backend.workers.training.alike import begin_alike, read_plan
from backend.workers.training.data.batching import TrainingBatches, validation_batches
from backend.workers.training.data.encoding import Encoded, encode_all
from backend.workers.training.engine.attention import install_chunked_attention
from backend.workers.training.engine.losses import SummedLoss
from backend.workers.training.engine.model import attach, prepare_layers, trainable_by_group
from backend.workers.training.engine.step import Stepper
from backend.workers.training.engine.world import ALONE, World
from backend.workers.training.loop import TrainingLoop
from backend.workers.training.memory import leave_room
from backend.workers.training.progress import Progress
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Requests
from backend.workers.training.saving.checkpoint import AdapterFolder
from backend.workers.training.saving.export import VERSIONED
from backend.workers.training.saving.resume import ResumeFile
from backend.workers.training.saving.unwritten import NoAdapterFolder, NoResumeFile
from backend.workers.training.surroundings import surroundings

UNCOMPILED = frozenset({"dbrx", "llama4"})
"""Model types whose gradient mlx's compiler fails on."""

NOT_RECOMPUTED = frozenset({"iquestloopcoder", "kimi_k3"})
"""Model types whose layers are not called, or not with arrays alone, so that they cannot be recomputed."""


def prepare(session_folder: Path, reporter: Reporter, requests: Requests, world: World = ALONE) -> TrainingLoop:
    """The loop, ready to begin or to go on where an earlier attempt was. Raises AppError for what stands in the way.

    Of all processes of `world` only the first needs the session's folder, and writes into it.
    """
    plan = read_plan(session_folder, world)
    config = plan.config
    for note in plan.notes:
        reporter.say(note)
    for warning in plan.warnings:
        reporter.report(Warned(message=warning))
    with world.together(requests):
        check_unchanged(plan)
        leave_room()
        adapter = adapter_folder(plan, session_folder.name, reporter) if world.leads else NoAdapterFolder()
        train, valid = read_examples(plan)
        model, _ = load_base(plan.model_folder)
        stepper = make_stepper(model, plan, reporter, world)
        around = surroundings() | {"the number of processes": str(world.size)}
        resume = ResumeFile(session_folder, around) if world.leads else NoResumeFile()
        progress = take_up(resume, stepper, reporter)
    progress = begin_alike(world, stepper, progress, [train, valid])
    batches = TrainingBatches(train, config.batch_size, config.batch_tokens, config.seed)
    validation = validation_batches(valid, config.batch_size, config.val_batches, config.seed, config.batch_tokens)
    announce(plan, reporter, model, batches, len(valid), progress)
    return TrainingLoop(
        config=config,
        model=model,
        stepper=stepper,
        train=map(world.share, batches.starting_at(progress.iteration * config.grad_accumulation_steps)),
        validation=[world.share(batch) for batch in validation],
        adapter=adapter,
        resume=resume,
        reporter=reporter,
        requests=requests,
        progress=progress,
        world=world,
    )


def adapter_folder(plan: RunPlan, session_id: str, reporter: Reporter) -> AdapterFolder:
    """Every tensor of the base is read once more, so that the adapter can be proved to be on its own base later."""
    began = time.perf_counter()
    digests = tensor_digests(plan.model_folder)
    reporter.say(f"The base model's {len(digests)} tensors were hashed in {time.perf_counter() - began:.1f} s")
    return AdapterFolder(plan, session_id, digests)


def read_examples(plan: RunPlan) -> tuple[list[Encoded], list[Encoded]]:
    """The examples to train and to validate on, without those that have nothing to learn."""
    config = plan.config
    tokenizer = read_tokenizer(plan.model_folder)

    def encoded(file: Path) -> list[Encoded]:
        rows = read_rows(file)
        examples = encode_all(rows, tokenizer, config.max_seq_length, config.mask_prompt, config.train_on_turns)
        return [example for example in examples if example.targets]

    train = encoded(plan.train_file)
    if not train:
        raise AppError(f"{plan.train_file} holds nothing to learn any more; it was changed while the run waited.")
    return train, encoded(plan.valid_file) if plan.valid_file else []


def make_stepper(model: nn.Module, plan: RunPlan, reporter: Reporter, world: World = ALONE) -> Stepper:
    """Attaches what trains, and everything that makes its steps fast and small."""
    attach(model, plan)
    loss = SummedLoss(model)
    keys = prepare_layers(model, plan)
    install_chunked_attention()
    if loss.note:
        reporter.say(loss.note)
    model_type = read_config(plan.model_folder)["model_type"]
    if plan.config.grad_checkpoint and model_type in NOT_RECOMPUTED:
        reporter.say(
            "Gradient checkpointing saves nothing here: the layers of this type of model cannot be recomputed."
        )
    compiled = model_type not in UNCOMPILED
    if not compiled:
        reporter.say("Steps are not compiled: mlx's compiler fails on the gradient of this type of model.")
    return Stepper(model, plan.config, loss, keys, compiled, world)


def take_up(resume: ResumeFile, stepper: Stepper, reporter: Reporter) -> Progress:
    """Where an earlier attempt was, its arrays put into the stepper; the very beginning where there was none."""
    found = resume.read(stepper.learned)
    if found is None:
        return Progress()
    stepper.learned, progress, differences = found
    if differences:
        reporter.report(
            Warned(
                message=f"This attempt goes on elsewhere than the last ({'; '.join(differences)}): from here on it "
                "differs in the last bits from a run that was never interrupted."
            )
        )
    return progress


def announce(
    plan: RunPlan,
    reporter: Reporter,
    model: nn.Module,
    batches: TrainingBatches,
    validation_examples: int,
    progress: Progress,
) -> None:
    config = plan.config
    profile = read_profile(plan.model_folder)
    by_module = trainable_by_group(model, plan)
    trainable = sum(by_module.values())
    if config.fine_tune_type != "full":
        reporter.say(
            f"LoRA Configuration: rank={config.lora_rank}, alpha={config.lora_alpha}, dropout={config.lora_dropout}, "
            f"layers={config.lora_num_layers}, keys={len(plan.keys)}"
        )
    reporter.say(
        f"Batches: {batches.useful_share:.0%} of what is computed are tokens of the data, the rest is padding; "
        f"at most {batches.most_shapes} shapes are compiled"
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
            trainable_by_module=by_module,
            keys=plan.keys,
            adapted_modules=len(plan.modules),
            iterations=config.iterations,
            begins_after=progress.iteration,
            train_examples=len(batches.examples),
            validation_examples=validation_examples,
        )
    )

"""A few steps of a run, its validation and its saving, measured. Prepares the run as the run itself does."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import mlx.core as mx
import psutil

from backend.lora.estimate import BatchShape, MeasuredStep, Measurements, RunShape, peak_bytes
from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan
from backend.training.preflight.run_shape import run_shape
from backend.training.preflight.schemas import PreflightReport
from backend.workers.base_model import has_gpu, load_base
from backend.workers.profile import read_profile
from backend.workers.training.data.batching import Batch, TrainingBatches, collate, validation_batches
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine.step import Stepper
from backend.workers.training.memory import leave_room, memory_limit
from backend.workers.training.progress import Progress
from backend.workers.training.reporter import Reporter
from backend.workers.training.run import make_stepper, read_examples
from backend.workers.training.saving.checkpoint import AdapterFolder
from backend.workers.training.saving.resume import ResumeFile

ENOUGH_SECONDS = 2.0
FEWEST_STEPS, MOST_STEPS = 2, 5
SMALLER = (0.25, 0.5)
"""Shares of the longest batch's width at which smaller steps are measured."""

BYTES_OF_A_FEATURE = 4
Doing = Callable[[str], None]


def rehearse(folder: Path, report: PreflightReport, doing: Doing) -> None:
    """Fills `report.found`. Raises AppError for what would stand in the way of the run too."""
    limit = memory_limit()
    plan = RunPlan.read(folder)
    leave_room()
    doing("reading the data")
    train, valid = read_examples(plan)
    doing("loading the model")
    model, _ = load_base(plan.model_folder)
    stepper = make_stepper(model, plan, Reporter(folder))
    mx.eval(model.parameters(), stepper.learned.parameters, stepper.learned.optimizer)
    profile = read_profile(plan.model_folder)
    found = report.found = Measurements(
        preparing_seconds=time.time() - psutil.Process().create_time(),
        kept_bytes=mx.get_active_memory(),
        loading_bytes=mx.get_peak_memory(),
        other_bytes=_bytes_beside_mlx(),
        limit_bytes=limit,
        layers=profile.num_layers,
        layer_input_bytes=profile.hidden_size * BYTES_OF_A_FEATURE,
        lengths=[example.full_length for example in train],
    )
    model.train()
    _measure_steps(stepper, plan.config, train, found, doing)
    config = plan.config
    batches = validation_batches(valid, config.batch_size, config.val_batches, config.seed, config.batch_tokens)
    if batches:
        doing("a validation")
        found.validation_tokens, found.validation_seconds = _measure_validation(stepper, batches)
    doing("saving")
    found.saving_seconds = _measure_saving(folder, plan, stepper)


def _bytes_beside_mlx() -> int:
    """Of this process; on a GPU they count against another limit."""
    if has_gpu():
        return 0
    return max(0, psutil.Process().memory_info().rss - mx.get_active_memory() - mx.get_cache_memory())


def _measure_steps(
    stepper: Stepper, config: TrainingConfig, train: Sequence[Encoded], found: Measurements, doing: Doing
) -> None:
    """From the smallest up. The longest is left out where those before it say that it takes more than there is."""
    longest = TrainingBatches(train, config.batch_size, config.batch_tokens, config.seed).longest()
    run = run_shape(config, has_validation=False)
    for batch in [*_smaller(train, longest), longest]:
        shape = shape_of(batch)
        if batch is longest and found.steps and _cannot_fit(found, run):
            return
        doing(f"a step of {shape}")
        parts = [batch] * min(2, config.grad_accumulation_steps)
        found.steps.append(_measured(stepper, parts, found))


def _cannot_fit(found: Measurements, run: RunShape) -> bool:
    return peak_bytes(found, run, run).low + found.other_bytes > found.limit_bytes


def _measured(stepper: Stepper, batches: Sequence[Batch], found: Measurements) -> MeasuredStep:
    mx.clear_cache()
    mx.reset_peak_memory()
    first = _seconds(lambda: stepper.step(batches, 1))
    found.kept_bytes = max(found.kept_bytes, mx.get_active_memory())
    seconds: list[float] = []
    while len(seconds) < FEWEST_STEPS or (sum(seconds) < ENOUGH_SECONDS and len(seconds) < MOST_STEPS):
        seconds.append(_seconds(lambda: stepper.step(batches, 2)))
    return MeasuredStep(
        shape=shape_of(batches[0]),
        first_seconds=first / len(batches),
        seconds=median(seconds) / len(batches),
        slowest_seconds=max(seconds) / len(batches),
        peak_bytes=mx.get_peak_memory(),
    )


def _smaller(train: Sequence[Encoded], longest: Batch) -> list[Batch]:
    """The longest examples cut to narrower batches, and fewer of them where there are several; the smallest first."""
    rows, width = longest.inputs.shape
    examples = sorted(train, key=lambda example: len(example.ids), reverse=True)[:rows]
    shapes = {(rows, max(1, round(share * width))) for share in SMALLER} | {(-(-rows // 2), width)}
    return [
        _cut(examples[:rows], width, targets=round(len(longest.positions) * rows * width / longest.inputs.size))
        for rows, width in sorted(shapes - {(rows, width)}, key=lambda shape: shape[0] * shape[1])
    ]


def _cut(examples: Sequence[Encoded], width: int, targets: int) -> Batch:
    """Of each example its last tokens, and `targets` positions that logits are computed for, where there are fewer."""
    cut = []
    for example in examples:
        ids, counts = example.ids[-width - 1 :], example.counts[-width - 1 :].copy()
        counts[-1] = True
        cut.append(Encoded(ids, counts, len(ids)))
    return collate(cut, width, max(targets, sum(int(example.counts[1:].sum()) for example in cut)))


def shape_of(batch: Batch) -> BatchShape:
    rows, width = batch.inputs.shape
    return BatchShape(rows=rows, width=width)


def _measure_validation(stepper: Stepper, batches: Sequence[Batch]) -> tuple[int, float]:
    """Tokens that a whole validation computes, and its seconds by what the largest batch takes."""
    largest = max(batches, key=lambda batch: batch.inputs.size)
    stepper.evaluate([largest])
    seconds = _seconds(lambda: stepper.evaluate([largest]))
    tokens = sum(batch.inputs.size for batch in batches)
    return tokens, seconds * tokens / largest.inputs.size


def _measure_saving(folder: Path, plan: RunPlan, stepper: Stepper) -> float:
    adapter = AdapterFolder(plan.model_copy(update={"adapter_folder": folder / "adapter"}), folder.name, {})
    resume = ResumeFile(folder, {})

    def save() -> None:
        resume.write(stepper.learned, Progress(iteration=1))
        adapter.save_checkpoint(stepper.model, 1)

    save()
    return _seconds(save)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began

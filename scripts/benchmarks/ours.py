"""Our side of a job: this project's own engine, put together as a run puts it together."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import mlx.core as mx
import mlx.nn as nn

from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan
from backend.training.planning.trained_parts import trained_parts
from backend.workers.profile import read_profile
from backend.workers.training.data.batching import Batch
from backend.workers.training.reporter import Reporter
from backend.workers.training.run import make_stepper
from backend.workers.training.saving.export import adapter_tensors
from scripts.benchmarks.batches import training_batches, with_all_logits
from scripts.benchmarks.jobs import Job
from scripts.benchmarks.turns import Work


class Ours:
    def __init__(self, job: Job, model: nn.Module) -> None:
        self._job = job
        self._model = model
        self._batches = training_batches(job)
        self.epoch_steps = self._batches.batches_per_epoch
        self.most_shapes: int | None = self._batches.most_shapes
        self.losses: list[float] = []
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "config.json").write_text(json.dumps(job.shape.config()))
            self._plan = _plan(job, folder)
            self._stepper = make_stepper(model, self._plan, Reporter(folder))
        mx.eval(model.parameters())
        self._save("initial.safetensors")

    def works(self) -> Iterator[Work]:
        """Without end, from the first batch on."""
        for batch in self._batches.starting_at(0):
            given = with_all_logits(batch) if self._job.all_logits else batch
            yield Work(given, given.tokens, (*given.inputs.shape, *given.positions.shape))

    def train(self, batches: Iterable[Batch]) -> None:
        self._model.train()
        for iteration, batch in enumerate(batches, 1):
            self.losses.append(self._stepper.step([batch], iteration).loss)
        self._save("adapters.safetensors")

    def _save(self, name: str) -> None:
        if self._job.save_in is not None:
            mx.save_safetensors(str(self._job.save_in / name), adapter_tensors(self._model, self._plan))


def _plan(job: Job, folder: Path) -> RunPlan:
    """What the planner would resolve for the model that `folder` describes; data there is only in memory."""
    config = TrainingConfig(
        model_path=str(folder),
        train_data_path=str(folder),
        batch_size=job.batch_size,
        max_seq_length=job.max_seq_length,
        learning_rate=job.learning_rate,
        lora_rank=job.rank,
        lora_alpha=job.rank,
        grad_checkpoint=job.grad_checkpoint,
        seed=job.seed,
    )
    trained = trained_parts(read_profile(folder), config)
    return RunPlan(
        config=config,
        model_name=job.shape.name,
        data_name="made",
        model_folder=folder,
        base_fingerprint="",
        train_file=folder / "train.jsonl",
        valid_file=None,
        data_sha256={},
        adapter_folder=folder / "adapter",
        keys=trained.keys,
        modules=trained.modules,
        notes=[],
        warnings=[],
    )

"""mlx-lm's side of a job: its own trainer, loss and batches, as `mlx_lm.lora` calls them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optimizers
import numpy as np
from mlx_lm.tuner.callbacks import TrainingCallback
from mlx_lm.tuner.datasets import CacheDataset
from mlx_lm.tuner.trainer import TrainingArgs, iterate_batches, train
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.workers.training.data.batching import Batch
from scripts.benchmarks.batches import training_batches
from scripts.benchmarks.jobs import SEVEN_KEYS, Job
from scripts.benchmarks.turns import Work

WITHOUT_END = 10**9


class TokenRows:
    """Rows as mlx-lm's own data sets hold them: a record each, made into tokens and the prompt's length when read."""

    def __init__(self, rows: list[np.ndarray], prompt: int) -> None:
        self._records = [{"tokens": row.tolist()} for row in rows]
        self._prompt = prompt

    def process(self, record: dict[str, list[int]]) -> tuple[list[int], int]:
        return record["tokens"], self._prompt

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        return self._records[index]

    def __len__(self) -> int:
        return len(self._records)


class Losses(TrainingCallback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.values: list[float] = []

    def on_train_loss_report(self, train_info: dict[str, Any]) -> None:
        self.values.append(train_info["train_loss"])


class Stock:
    most_shapes: int | None = None

    def __init__(self, job: Job, model: nn.Module) -> None:
        self._job = job
        self._model = model
        self._rows = CacheDataset(TokenRows(job.rows.make(job.shape.vocabulary), job.rows.prompt))
        self._losses = Losses()
        self.epoch_steps = job.rows.count // job.batch_size
        model.freeze()
        mx.random.seed(job.seed)
        linear_to_lora_layers(model, -1, {"rank": job.rank, "scale": 1.0, "dropout": 0.0, "keys": SEVEN_KEYS})
        if job.begin_with is not None:
            model.load_weights(str(job.begin_with), strict=False)
        mx.eval(model.parameters())

    @property
    def losses(self) -> list[float]:
        """Of every step, where the job saves its adapter: a report a step costs time."""
        return self._losses.values

    def works(self) -> Iterator[Work]:
        """Without end, from the first batch on."""
        job = self._job
        if job.same_batches:
            batches = map(_as_stock, training_batches(job).starting_at(0))
        else:
            batches = iterate_batches(self._rows, job.batch_size, job.max_seq_length, loop=True, seed=job.seed)
        for ids, lengths in batches:
            ends = np.array(lengths)
            tokens = int((ends[:, 1] - np.maximum(ends[:, 0], 1)).sum())
            yield Work((ids, lengths), tokens, ids.shape)

    def train(self, batches: Iterable[Any]) -> None:
        job = self._job

        def given(*_: Any, **__: Any) -> Iterator[Any]:
            return iter(batches)

        with TemporaryDirectory() as folder:
            args = TrainingArgs(
                batch_size=job.batch_size,
                iters=WITHOUT_END,
                steps_per_report=1 if job.save_in else WITHOUT_END,
                steps_per_save=WITHOUT_END,
                max_seq_length=job.max_seq_length,
                grad_checkpoint=job.grad_checkpoint,
                adapter_file=str(Path(job.save_in or folder) / "adapters.safetensors"),
            )
            train(
                self._model,
                optimizers.AdamW(learning_rate=job.learning_rate),
                self._rows,
                args=args,
                iterate_batches=given,
                training_callback=self._losses if job.save_in else None,
            )


def _as_stock(batch: Batch) -> tuple[mx.array, mx.array]:
    """Our batch of rows without padding as mlx-lm's trainer takes it: ids (rows, width + 1) and (rows, 2) bounds."""
    rows, width = batch.inputs.shape
    labels = batch.labels[: batch.tokens].reshape(rows, width)
    ids = mx.concatenate([batch.inputs[:, :1], labels], axis=1)
    return ids, mx.array([(0, width + 1)] * rows)

"""Our batches of a job's rows."""

from dataclasses import replace

import mlx.core as mx
import numpy as np

from backend.workers.training.data.batching import Batch, TrainingBatches
from backend.workers.training.data.encoding import Encoded
from scripts.benchmarks.jobs import Job


def training_batches(job: Job) -> TrainingBatches:
    examples = [
        Encoded(row, np.arange(len(row)) >= max(1, job.rows.prompt), len(row))
        for row in job.rows.make(job.shape.vocabulary)
    ]
    return TrainingBatches(examples, job.batch_size, None, job.seed)


def with_all_logits(batch: Batch) -> Batch:
    """The same loss from logits for every position, those that carry no loss with the weight 0."""
    count = batch.inputs.size
    labels, weights = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.float32)
    positions = np.array(batch.positions)[: batch.tokens]
    labels[positions], weights[positions] = np.array(batch.labels)[: batch.tokens], 1
    return replace(
        batch, positions=mx.arange(count, dtype=mx.int32), labels=mx.array(labels), weights=mx.array(weights)
    )

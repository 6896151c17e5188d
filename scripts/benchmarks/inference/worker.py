"""Does one job in a process of its own: `python -m scripts.benchmarks.inference.worker`, a line of JSON in and out."""

import json
import os
import sys
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load_model
from pydantic import TypeAdapter

from backend.workers.training.surroundings import surroundings
from scripts.benchmarks.inference.decoding import decode, switch
from scripts.benchmarks.inference.jobs import Decode, Job, MakeAdapter, Surroundings, Switch
from scripts.benchmarks.jobs import SEVEN_KEYS

JOB: TypeAdapter[Job] = TypeAdapter(Job)


def make_adapter(job: MakeAdapter) -> None:
    model, _ = load_model(job.base)
    parameters = {"rank": job.rank, "scale": 1.0, "dropout": 0.0, "keys": SEVEN_KEYS}
    model.freeze()
    linear_to_lora_layers(model, -1, parameters)
    factors: Any = tree_flatten(model.trainable_parameters())
    mx.random.seed(0)
    drawn = {name: 0.01 * mx.random.normal(factor.shape) for name, factor in factors}
    mx.save_safetensors(str(job.folder / "adapters.safetensors"), drawn)
    config = {"fine_tune_type": "lora", "num_layers": -1, "lora_parameters": parameters}
    (job.folder / "adapter_config.json").write_text(json.dumps(config))


def answer(job: Job) -> str:
    match job:
        case Surroundings():
            return json.dumps(surroundings())
        case Decode():
            return decode(job).model_dump_json()
        case Switch():
            return switch(job).model_dump_json()
        case MakeAdapter():
            make_adapter(job)
            return "null"


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    out.write(answer(JOB.validate_json(sys.stdin.read())) + "\n")
